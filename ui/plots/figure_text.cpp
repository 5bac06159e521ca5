#include "ui/plots/figure_text.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

QString significant(double value, int digits)
{
    if (value == 0.0 || !std::isfinite(value))
        return QString::number(value);
    const int decimals = std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value)))), 0, 9);
    return QString::number(value, 'f', decimals);
}

/// Decimals that show one digit of the interval, two where that digit is a one.
int decimalsFor(double halfWidth)
{
    const double exponent = std::floor(std::log10(halfWidth));
    const double leading = std::round(10.0 * halfWidth / std::pow(10.0, exponent)) / 10.0; // 0.1999... is a 2
    return std::clamp(static_cast<int>(-exponent) + (leading < 2.0 ? 1 : 0), 0, 9);
}

} // namespace

QString figureText(const Measure& measure)
{
    const double halfWidth = std::max(measure.high - measure.value, measure.value - measure.low);
    if (!(halfWidth > 0.0) || !std::isfinite(halfWidth))
        return significant(measure.value, 3);
    const int decimals = decimalsFor(halfWidth);
    return QStringLiteral("%1 ± %2").arg(QString::number(measure.value, 'f', decimals),
                                         QString::number(halfWidth, 'f', decimals));
}

QString unitText(Quantity quantity)
{
    switch (quantity) {
    case Quantity::Params:
        return QStringLiteral("M");
    case Quantity::Macs:
        return QStringLiteral("GMACs");
    case Quantity::ActivationBytes:
    case Quantity::FileSize:
    case Quantity::PeakMemory:
        return QStringLiteral("MB");
    case Quantity::Latency:
        return QStringLiteral("ms");
    case Quantity::Throughput:
        return QStringLiteral("images/s");
    case Quantity::Top1:
        return QStringLiteral("%");
    }
    return {};
}

QString quantityTitle(Quantity quantity)
{
    const QString title = QString::fromStdString(axisTitle(quantity));
    return title.section(QStringLiteral(" ("), 0, 0);
}

QString figureWithUnit(const Measure& measure, Quantity quantity)
{
    return figureText(measure) + QChar(0x00A0) + unitText(quantity);
}

} // namespace lathe::ui
