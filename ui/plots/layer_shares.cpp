#include "ui/plots/layer_shares.h"

#include <algorithm>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kHeadroom = 1.1;
constexpr double kLeastHeight = 5.0; // %
constexpr double kPale = 0.72;
constexpr int kBarStyle = 0;
constexpr int kLineStyle = 1;

QString percentText(double share)
{
    return toQString(formatFixed(100.0 * share, 1)) + QStringLiteral(" %");
}

double highest(const LayerShares::Content& content)
{
    double most = std::max(kLeastHeight, 100.0 * content.whole);
    for (const LayerShares::Bar& bar : content.bars)
        most = std::max(most, 100.0 * bar.share);
    return most;
}

} // namespace

LayerShares::LayerShares(QWidget* parent) : LayerColumns(parent)
{
    setLook([this](QCPPainter& painter, std::size_t bar, bool hovered) { drawBar(painter, bar, hovered); },
            [this](std::size_t bar) { return cardOf(m_content.bars[bar]); });
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { drawWhole(painter); });
    surface()->setAccessibleName(tr("Share pruned of every layer, in the order they run"));
    setTitles({{}, tr("Layers, in the order they run"), tr("Pruned (%)")});
}

void LayerShares::setContent(Content content)
{
    m_content = std::move(content);
    setColumns(m_content.bars.size(), {0.0, highest(m_content) * kHeadroom}, m_content.forExport);
}

void LayerShares::drawBar(QCPPainter& painter, std::size_t bar, bool hovered) const
{
    const QColor colour = theme().categoryStyle(kBarStyle).colour;
    painter.fillRect(barRect(bar, 100.0 * m_content.bars[bar].share), theme().pale(colour, hovered ? 1.0 : kPale));
}

void LayerShares::drawWhole(QCPPainter& painter) const
{
    if (m_content.bars.empty())
        return;
    const PlotMapping map = mapping();
    const double y = map.yPixel(100.0 * m_content.whole);
    painter.setPen(QPen(theme().categoryStyle(kLineStyle).colour, 1.8, Qt::DashLine));
    drawLineWithin(painter, {{map.area.left(), y}, {map.area.right(), y}}, map.area);
}

QString LayerShares::cardOf(const Bar& bar) const
{
    return tr("<b>%1</b><br>%2 pruned<br>%3").arg(bar.layer.toHtmlEscaped(), percentText(bar.share), bar.note);
}

std::vector<LegendEntry> sharesLegend(const LayerShares::Content& content, const PlotTheme& theme)
{
    SeriesStyle bars = theme.categoryStyle(kBarStyle);
    bars.marker = Marker::Square;
    return {{{}, LayerShares::tr("each layer"), LegendEntry::Icon::Point, bars},
            {{},
             LayerShares::tr("the whole: %1").arg(percentText(content.whole)),
             LegendEntry::Icon::Line,
             theme.categoryStyle(kLineStyle),
             Qt::DashLine}};
}

} // namespace lathe::ui
