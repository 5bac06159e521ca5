#pragma once

#include <cstddef>
#include <vector>

namespace lathe {

struct Point2 {
    double x = 0.0;
    double y = 0.0;
};

/// Indices of the points that no other beats: is as good in every quantity, and better in one. A point is one value
/// a quantity; `smallerIsBetter` says for each quantity which way is good. By rising first quantity. Of equal points
/// the first stays. Points with a NaN are never on the front.
std::vector<std::size_t> paretoFront(const std::vector<std::vector<double>>& points,
                                     const std::vector<bool>& smallerIsBetter);

/// The same for two quantities.
std::vector<std::size_t> paretoFront(const std::vector<Point2>& points, bool smallerXIsBetter, bool smallerYIsBetter);

} // namespace lathe
