#pragma once

#include <QString>

#include <functional>
#include <vector>

namespace lathe::ui {

struct Range {
    double low = 0.0;
    double high = 1.0;

    bool operator==(const Range&) const = default;
};

struct Tick {
    enum class Rank {
        Main,  ///< labelled in full
        Small, ///< labelled small: 2 and 5 between decades
        Minor  ///< a mark only
    };
    double value = 0.0;
    Rank rank = Rank::Main;
    QString label;
};

/// Pixels that a label takes along its axis.
using LabelExtent = std::function<double(const QString& label, bool small)>;

/// "850", "1.5k", "10k", "2M", "0.05".
QString siLabel(double value);

/// Decades as main ticks, 2 and 5 labelled small where there is room, other multiples as marks. A range with less
/// than about half a decade is ticked evenly. `range` must be positive; `pixels` is the axis' length.
std::vector<Tick> logTicks(const Range& range, double pixels, const LabelExtent& extent);

/// Steps of 1, 2, 2.5 or 5 times a power of ten, as dense as labels allow.
std::vector<Tick> linearTicks(const Range& range, double pixels, const LabelExtent& extent);

/// The measured values themselves (batch sizes, threads); those whose label finds no room are marks only.
std::vector<Tick> valueTicks(const std::vector<double>& values, const Range& range, double pixels, bool log,
                             const LabelExtent& extent);

/// Where a value lies on an axis of so many pixels, from its low end.
double axisPosition(double value, const Range& range, double pixels, bool log);

/// Room around the data: a share of the span, and never less than what makes one point look placed.
/// In log space the span is of logarithms; `values` that are not positive are passed over there.
Range paddedRange(const std::vector<double>& values, bool log, double padding = 0.09);

} // namespace lathe::ui
