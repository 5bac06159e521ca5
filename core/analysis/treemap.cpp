#include "core/analysis/treemap.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace lathe {

namespace {

/// Areas still to be placed, largest first.
struct Item {
    std::size_t index;
    double area;
};

/// The worst ratio of sides in a row of this sum along a side of this length.
double worstRatio(double largest, double smallest, double sum, double side)
{
    const double thickness = sum / side;
    return std::max(largest / (thickness * thickness), thickness * thickness / smallest);
}

/// How many of the items from `first` on go best into one row along `side`.
std::size_t rowLength(const std::vector<Item>& items, std::size_t first, double side)
{
    double sum = items[first].area;
    double worst = worstRatio(items[first].area, items[first].area, sum, side);
    std::size_t last = first + 1;
    for (; last < items.size(); ++last) {
        sum += items[last].area;
        const double next = worstRatio(items[first].area, items[last].area, sum, side);
        if (next > worst)
            break;
        worst = next;
    }
    return last - first;
}

/// Places a row along the shorter side of `rest` and takes it off.
void placeRow(const std::vector<Item>& items, std::size_t first, std::size_t count, TreemapBox& rest,
              std::vector<TreemapBox>& boxes)
{
    const bool upright = rest.width >= rest.height; // the row is a column at the left
    double sum = 0.0;
    for (std::size_t i = first; i < first + count; ++i)
        sum += items[i].area;
    const double thickness = std::min(sum / (upright ? rest.height : rest.width), upright ? rest.width : rest.height);
    double along = upright ? rest.y : rest.x;
    for (std::size_t i = first; i < first + count; ++i) {
        const double length = items[i].area / thickness;
        boxes[items[i].index] =
            upright ? TreemapBox{rest.x, along, thickness, length} : TreemapBox{along, rest.y, length, thickness};
        along += length;
    }
    (upright ? rest.x : rest.y) += thickness;
    (upright ? rest.width : rest.height) -= thickness;
}

std::vector<Item> itemsOf(const std::vector<double>& values, double area)
{
    const auto usable = [](double value) { return value > 0.0 ? value : 0.0; };
    const double sum = std::accumulate(values.begin(), values.end(), 0.0,
                                       [&](double total, double value) { return total + usable(value); });
    std::vector<Item> items;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (const double share = sum > 0.0 ? usable(values[i]) / sum : 0.0; share * area > 0.0)
            items.push_back({i, share * area});
    std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.area > b.area; });
    return items;
}

} // namespace

std::vector<TreemapBox> squarify(const std::vector<double>& values, const TreemapBox& whole)
{
    std::vector<TreemapBox> boxes(values.size(), TreemapBox{whole.x, whole.y, 0.0, 0.0});
    if (whole.width <= 0.0 || whole.height <= 0.0)
        return boxes;
    const std::vector<Item> items = itemsOf(values, whole.width * whole.height);
    TreemapBox rest = whole;
    for (std::size_t first = 0; first < items.size();) {
        const double side = std::min(rest.width, rest.height);
        if (side <= 0.0)
            break; // nothing is left but rounding
        const std::size_t count = rowLength(items, first, side);
        placeRow(items, first, count, rest, boxes);
        first += count;
    }
    return boxes;
}

} // namespace lathe
