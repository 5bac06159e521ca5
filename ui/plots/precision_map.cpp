#include "ui/plots/precision_map.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

constexpr double kHeadroom = 1.06;    // above the highest
constexpr double kLeastHeight = 10.0; // dB
constexpr double kPale = 0.72;
constexpr double kHollow = 0.18;

int styleOf(Precision precision)
{
    switch (precision) {
    case Precision::Float32:
        break;
    case Precision::BFloat16:
        return 5;
    case Precision::Int8:
        return 0;
    case Precision::Int8Dynamic:
        return 2;
    case Precision::Int8Weights:
        return 3;
    case Precision::Int4Weights:
        return 4;
    }
    return 1;
}

bool isExact(const PrecisionMap::Bar& bar)
{
    return bar.decibels && std::isinf(*bar.decibels);
}

Range heightsOf(const PrecisionMap::Content& content)
{
    Range heights{0.0, kLeastHeight};
    for (const PrecisionMap::Bar& bar : content.bars)
        if (bar.decibels && !isExact(bar)) {
            heights.low = std::min(heights.low, *bar.decibels);
            heights.high = std::max(heights.high, *bar.decibels);
        }
    return {heights.low * kHeadroom, heights.high * kHeadroom};
}

QString cardOf(const PrecisionMap::Bar& bar)
{
    const QString value = !bar.decibels  ? PrecisionMap::tr("not measured")
                          : isExact(bar) ? PrecisionMap::tr("no error")
                                         : PrecisionMap::tr("%1 dB").arg(toQString(formatFixed(*bar.decibels, 1)));
    return PrecisionMap::tr("<b>%1</b><br>%2<br>%3")
        .arg(escaped(bar.layer.toStdString()), escaped(name(bar.precision)), value);
}

} // namespace

PrecisionMap::PrecisionMap(QWidget* parent) : LayerColumns(parent)
{
    setLook([this](QCPPainter& painter, std::size_t bar, bool hovered) { drawBar(painter, bar, hovered); },
            [this](std::size_t bar) { return cardOf(m_content.bars[bar]); });
    surface()->setAccessibleName(tr("Signal to noise ratio of every layer, in the order they run"));
}

void PrecisionMap::setContent(Content content)
{
    m_content = std::move(content);
    setColumns(m_content.bars.size(), heightsOf(m_content), m_content.forExport);
}

void PrecisionMap::drawBar(QCPPainter& painter, std::size_t bar, bool hovered) const
{
    const Bar& drawn = m_content.bars[bar];
    if (!drawn.decibels)
        return;
    const QRectF box = barRect(bar, isExact(drawn) ? mapping().y.high : *drawn.decibels);
    if (box.isEmpty())
        return;
    const QColor colour = theme().categoryStyle(styleOf(drawn.precision)).colour;
    const bool isHollow = drawn.precision == Precision::Float32;
    painter.fillRect(box, theme().pale(colour, hovered ? 1.0 : isHollow ? kHollow : kPale));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, 1.0, isExact(drawn) ? Qt::DotLine : Qt::SolidLine));
    if (box.width() > 2.5)
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, 0.5).intersected(mapping().area));
}

std::vector<LegendEntry> precisionLegend(const PrecisionMap::Content& content, const PlotTheme& theme)
{
    std::set<Precision> seen;
    for (const PrecisionMap::Bar& bar : content.bars)
        seen.insert(bar.precision);
    std::vector<LegendEntry> entries;
    for (const Precision precision : seen) {
        SeriesStyle style = theme.categoryStyle(styleOf(precision));
        style.marker = Marker::Square;
        const bool isHollow = precision == Precision::Float32;
        entries.push_back(
            {{}, toQString(name(precision)), isHollow ? LegendEntry::Icon::Hollow : LegendEntry::Icon::Point, style});
    }
    if (std::any_of(content.bars.begin(), content.bars.end(), isExact))
        entries.push_back({{}, PrecisionMap::tr("to the top: no error"), LegendEntry::Icon::None, {}});
    return entries;
}

} // namespace lathe::ui
