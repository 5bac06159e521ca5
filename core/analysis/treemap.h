#pragma once

#include <vector>

namespace lathe {

struct TreemapBox {
    double x = 0.0;
    double y = 0.0;
    double width = 0.0;
    double height = 0.0;
};

/// Cuts `whole` into one box a value, with areas in proportion to the values and sides as near to equal as the
/// squarified layout gets them (Bruls, Huizing and van Wijk, "Squarified Treemaps", 2000). Boxes come in the order
/// of the values; those of values that are not positive are empty.
std::vector<TreemapBox> squarify(const std::vector<double>& values, const TreemapBox& whole);

} // namespace lathe
