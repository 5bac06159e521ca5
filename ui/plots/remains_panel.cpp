#include "ui/plots/remains_panel.h"

#include <QVBoxLayout>

#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

RemainsPanel::RemainsPanel(const QString& name, QWidget* parent)
    : QWidget(parent), m_legend(new LegendStrip(this)), m_plot(new RemainsPlot(this))
{
    m_legend->setObjectName(name + QStringLiteral("Legend"));
    m_plot->setObjectName(name);
    m_plot->setMinimumHeight(100);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(m_legend);
    column->addWidget(m_plot, 1);
    connect(m_plot, &PlotCanvas::themeChanged, this, [this] { showLegend(); });
}

void RemainsPanel::setContent(RemainsPlot::Content content)
{
    m_plot->setContent(std::move(content));
    showLegend();
}

void RemainsPanel::showLegend()
{
    m_legend->setEntries(remainsLegend(m_plot->content(), m_plot->theme()), m_plot->theme());
}

} // namespace lathe::ui
