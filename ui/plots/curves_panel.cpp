#include "ui/plots/curves_panel.h"

#include <QVBoxLayout>

#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

CurvesPanel::CurvesPanel(const QString& name, const QString& accessibleName, QWidget* parent)
    : QWidget(parent), m_legend(new LegendStrip(this)), m_plot(new CurvesPlot(this))
{
    m_legend->setObjectName(name + QStringLiteral("Legend"));
    m_plot->setObjectName(name);
    m_plot->setMinimumHeight(100);
    m_plot->surface()->setAccessibleName(accessibleName);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(m_legend);
    column->addWidget(m_plot, 1);
    connect(m_plot, &PlotCanvas::themeChanged, this, [this] { showLegend(); });
    connect(m_legend, &LegendStrip::clicked, this, [this](const QString& key) {
        m_plot->toggle(key);
        showLegend();
    });
}

void CurvesPanel::setContent(CurvesPlot::Content content, const PlotTitles& titles)
{
    m_plot->setTitles(titles);
    m_plot->setContent(std::move(content));
    m_plot->fit();
    showLegend();
}

void CurvesPanel::showLegend()
{
    m_legend->setEntries(curvesLegend(m_plot->content(), m_plot->theme(), true), m_plot->theme());
}

} // namespace lathe::ui
