#include "ui/plots/figure_text.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"
#include "core/analysis/throughput_unit.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

QString significant(double value, int digits)
{
    if (value == 0.0 || !std::isfinite(value))
        return QString::number(value);
    const int decimals = std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 9);
    return QString::number(value, 'f', decimals);
}

} // namespace

QString figureText(const Measure& measure)
{
    const double halfWidth = std::max(measure.high - measure.value, measure.value - measure.low);
    if (!(halfWidth > 0.0) || !std::isfinite(halfWidth))
        return significant(measure.value, 3);
    return QString::fromStdString(formatWithInterval(measure.value, measure.low, measure.high));
}

QString unitText(Quantity quantity)
{
    return toQString(unitName(quantity));
}

QString quantityTitle(Quantity quantity)
{
    const QString title = QString::fromStdString(axisTitle(quantity));
    return title.section(QStringLiteral(" ("), 0, 0);
}

QString unitText(Quantity quantity, const Record& record)
{
    return quantity == Quantity::Throughput ? QString::fromStdString(throughputUnit(record)) : unitText(quantity);
}

QString figureWithUnit(const Measure& measure, Quantity quantity)
{
    return figureText(measure) + QChar(0x00A0) + unitText(quantity);
}

QString figureWithUnit(const Measure& measure, Quantity quantity, const Record& record)
{
    return figureText(measure) + QChar(0x00A0) + unitText(quantity, record);
}

} // namespace lathe::ui
