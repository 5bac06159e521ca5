#include "ui/plots/ticks.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace lathe::ui {

namespace {

constexpr double kGap = 7.0; // least pixels between two labels
constexpr double kEvenRatio = 3.2;

double widest(const std::vector<QString>& labels, bool small, const LabelExtent& extent)
{
    double most = 0.0;
    for (const QString& label : labels)
        most = std::max(most, extent(label, small));
    return most;
}

bool within(double value, const Range& range)
{
    const double slack = 1e-9 * std::max(std::abs(range.low), std::abs(range.high));
    return value >= range.low - slack && value <= range.high + slack;
}

/// Every how many decades one is labelled; of thousands alone where labels are few: "1", "1k", "1M".
int decadeStride(const Range& range, double pixelsPerDecade, const LabelExtent& extent)
{
    const int first = static_cast<int>(std::floor(std::log10(range.low)));
    const int last = static_cast<int>(std::ceil(std::log10(range.high)));
    for (const int stride : {1, 2, 3, 6, 12}) {
        std::vector<QString> labels;
        for (int d = first; d <= last; ++d)
            if (d % stride == 0)
                labels.push_back(siLabel(std::pow(10.0, d)));
        if (widest(labels, false, extent) + kGap <= pixelsPerDecade * stride)
            return stride;
    }
    return 24;
}

/// Which multiples of a decade are labelled small: those that keep a gap to their neighbours, or none.
std::vector<int> smallMultiples(const Range& range, double pixelsPerDecade, const LabelExtent& extent)
{
    std::vector<QString> labels;
    for (double d = std::floor(std::log10(range.low)); d <= std::log10(range.high); d += 1.0)
        labels.push_back(siLabel(5.0 * std::pow(10.0, d)));
    const double small = widest(labels, true, extent);
    const double main = extent(siLabel(std::pow(10.0, std::floor(std::log10(range.high)))), false);
    const double besideMain = (small + main) / 2.0 + kGap;
    if (pixelsPerDecade * std::log10(2.0) < besideMain)
        return {};
    if (range.high / range.low < 20.0 && pixelsPerDecade * std::log10(4.0 / 3.0) > small + kGap)
        return {2, 3, 4, 5, 7};
    return {2, 5};
}

double niceStep(double least)
{
    const double magnitude = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0})
        if (factor * magnitude >= least * (1.0 - 1e-9))
            return factor * magnitude;
    return 10.0 * magnitude;
}

int decimalsOf(double step)
{
    for (int decimals = 0; decimals < 9; ++decimals) {
        const double scaled = step * std::pow(10.0, decimals);
        if (std::abs(scaled - std::round(scaled)) < 1e-6)
            return decimals;
    }
    return 9;
}

QString linearLabel(double value, double step)
{
    if (std::abs(value) < step * 1e-6)
        return QStringLiteral("0");
    if (std::abs(value) >= 1e4 && step >= 100.0)
        return siLabel(value);
    return QString::number(value, 'f', decimalsOf(step));
}

std::vector<Tick> ticksByStep(const Range& range, double step)
{
    std::vector<Tick> ticks;
    const double leading = step / std::pow(10.0, std::floor(std::log10(step) + 1e-9));
    const double minor = step / (std::abs(leading - 2.0) < 1e-6 ? 4.0 : 5.0);
    for (double i = std::ceil(range.low / minor - 1e-9); i * minor <= range.high * (1.0 + 1e-12) + minor * 1e-9;
         i += 1.0) {
        const double value = i * minor;
        const double whole = value / step;
        const bool isMain = std::abs(whole - std::round(whole)) < 1e-6;
        ticks.push_back(
            {value, isMain ? Tick::Rank::Main : Tick::Rank::Minor, isMain ? linearLabel(value, step) : QString()});
    }
    return ticks;
}

/// Takes the label off every tick that would touch one that stays; earlier ones stay.
void dropTouchingLabels(std::vector<Tick>& ticks, const std::vector<std::size_t>& order, const Range& range,
                        double pixels, bool log, const LabelExtent& extent)
{
    std::vector<std::pair<double, double>> taken;
    for (const std::size_t i : order) {
        Tick& tick = ticks[i];
        const double centre = axisPosition(tick.value, range, pixels, log);
        const double half = extent(tick.label, tick.rank == Tick::Rank::Small) / 2.0;
        const bool touches = std::any_of(taken.begin(), taken.end(), [&](const auto& other) {
            return centre - half < other.second + kGap && centre + half > other.first - kGap;
        });
        if (touches) {
            tick.rank = Tick::Rank::Minor;
            tick.label.clear();
        } else {
            taken.emplace_back(centre - half, centre + half);
        }
    }
}

} // namespace

double axisPosition(double value, const Range& range, double pixels, bool log)
{
    if (log)
        return pixels * std::log(value / range.low) / std::log(range.high / range.low);
    return pixels * (value - range.low) / (range.high - range.low);
}

QString siLabel(double value)
{
    static constexpr std::array<std::pair<double, char>, 4> kSuffixes{
        {{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}}};
    const double size = std::abs(value) * (1.0 + 1e-12);
    for (const auto& [factor, suffix] : kSuffixes)
        if (size >= factor)
            return QString::number(value / factor, 'g', 4) + QLatin1Char(suffix);
    return QString::number(value, 'g', 4);
}

std::vector<Tick> logTicks(const Range& range, double pixels, const LabelExtent& extent)
{
    if (range.low <= 0.0 || range.high <= range.low || pixels < 1.0)
        return {};
    if (range.high / range.low < kEvenRatio)
        return linearTicks(range, pixels, extent);

    const double perDecade = pixels / std::log10(range.high / range.low);
    const int stride = decadeStride(range, perDecade, extent);
    const std::vector<int> small = stride == 1 ? smallMultiples(range, perDecade, extent) : std::vector<int>();
    std::vector<Tick> ticks;
    for (int d = static_cast<int>(std::floor(std::log10(range.low))); std::pow(10.0, d) <= range.high; ++d) {
        for (int m = 1; m <= 9; ++m) {
            const double value = m * std::pow(10.0, d);
            if (!within(value, range))
                continue;
            Tick tick{value, Tick::Rank::Minor, {}};
            if (m == 1 && d % stride == 0)
                tick = {value, Tick::Rank::Main, siLabel(value)};
            else if (std::find(small.begin(), small.end(), m) != small.end())
                tick = {value, Tick::Rank::Small, siLabel(value)};
            if (tick.rank != Tick::Rank::Minor || stride == 1 || m == 1)
                ticks.push_back(tick);
        }
    }
    const auto labelled = std::count_if(ticks.begin(), ticks.end(), [](const Tick& t) { return !t.label.isEmpty(); });
    return labelled >= 2 ? ticks : linearTicks(range, pixels, extent);
}

std::vector<Tick> linearTicks(const Range& range, double pixels, const LabelExtent& extent)
{
    const double span = range.high - range.low;
    if (!(span > 0.0) || pixels < 1.0)
        return {};
    double step = niceStep(span * 24.0 / pixels);
    for (int attempt = 0; attempt < 40; ++attempt) {
        std::vector<Tick> ticks = ticksByStep(range, step);
        double needed = 0.0;
        for (const Tick& tick : ticks)
            needed = std::max(needed, extent(tick.label, false));
        if (pixels * step / span >= std::max(2.0 * needed + 20.0, 46.0))
            return ticks;
        step = niceStep(step * 1.01);
    }
    return {};
}

std::vector<Tick> valueTicks(const std::vector<double>& values, const Range& range, double pixels, bool log,
                             const LabelExtent& extent)
{
    std::vector<double> sorted;
    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
                 [&](double v) { return within(v, range) && (!log || v > 0.0); });
    std::sort(sorted.begin(), sorted.end());
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());

    std::vector<Tick> ticks;
    std::vector<std::size_t> order;
    for (const double value : sorted) {
        order.push_back(ticks.size());
        ticks.push_back({value, Tick::Rank::Main, siLabel(value)});
    }
    if (order.size() > 2)
        std::rotate(order.begin() + 1, order.end() - 1, order.end()); // the ends are worth most
    dropTouchingLabels(ticks, order, range, pixels, log, extent);
    return ticks;
}

Range paddedRange(const std::vector<double>& values, bool log, double padding)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (const double value : values) {
        if (!std::isfinite(value) || (log && value <= 0.0))
            continue;
        low = std::min(low, log ? std::log10(value) : value);
        high = std::max(high, log ? std::log10(value) : value);
    }
    if (low > high)
        return log ? Range{1.0, 100.0} : Range{0.0, 1.0};

    // A near-single value gets two thirds of a decade, or half its own size, about it.
    const double size = std::max(std::abs(low), std::abs(high));
    const bool single = high - low <= 1e-3 * size;
    const double least = log ? 0.66 : std::max(size * (single ? 0.5 : 0.02), 1e-9);
    const double centre = (low + high) / 2.0;
    const double half = std::max((high - low) / 2.0 * (1.0 + 2.0 * padding), least / 2.0);
    Range padded{centre - half, centre + half};
    if (!log)
        return low >= 0.0 && padded.low < 0.0 ? Range{-0.025 * padded.high, padded.high}
                                              : padded; // all of a marker at 0
    return {std::pow(10.0, padded.low), std::pow(10.0, padded.high)};
}

} // namespace lathe::ui
