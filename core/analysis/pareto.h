#pragma once

#include <cstddef>
#include <vector>

namespace lathe {

struct Point2 {
    double x = 0.0;
    double y = 0.0;
};

/// Indices of the points that no other beats in both, by rising x. Of equal points the first stays.
/// NaNs are never on the front.
std::vector<std::size_t> paretoFront(const std::vector<Point2>& points, bool smallerXIsBetter, bool smallerYIsBetter);

} // namespace lathe
