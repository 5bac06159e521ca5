#include "ui/pruning/pruned_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "core/base/float_formats.h"

namespace lathe::ui {

namespace {

constexpr double kLeastBins = 15.0;
constexpr double kMostBins = 81.0;

std::span<const float> valuesOf(const HostTensor& tensor)
{
    return {tensor.floats(), static_cast<std::size_t>(elementCount(tensor.shape))};
}

/// As many as the values fill.
int binsFor(std::size_t values)
{
    return static_cast<int>(std::clamp(2.0 * std::sqrt(static_cast<double>(values)), kLeastBins, kMostBins));
}

Histogram histogramOf(std::span<const float> values, double low, double high, int bins, bool skipsZeros)
{
    Histogram histogram = makeHistogram(low, high, bins);
    for (const float value : values)
        if (!skipsZeros || value != 0.0F)
            histogram.add(value);
    return histogram;
}

/// The least magnitude that stayed, where all below it went.
std::optional<double> thresholdOf(std::span<const float> before, std::span<const float> after)
{
    if (before.size() != after.size())
        return std::nullopt;
    float mostPruned = -1.0F;
    float leastKept = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < before.size(); ++i) {
        const float magnitude = std::abs(before[i]);
        if (after[i] == 0.0F)
            mostPruned = std::max(mostPruned, magnitude);
        else
            leastKept = std::min(leastKept, magnitude);
    }
    if (mostPruned < 0.0F || std::isinf(leastKept) || mostPruned > leastKept)
        return std::nullopt;
    return leastKept;
}

void addValues(PrunedLayerRow& row, const HostTensor& before, const HostTensor& after)
{
    const auto was = asFloat32(before);
    const auto now = asFloat32(after);
    if (!was || !now || elementCount(was->shape) == 0)
        return;
    const auto values = valuesOf(*was);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    row.before = histogramOf(values, *low, *high, binsFor(values.size()), false);
    row.kept = histogramOf(valuesOf(*now), row.before.low, row.before.high, binsFor(values.size()), true);
    row.threshold = thresholdOf(values, valuesOf(*now));
}

std::int64_t channelsOf(const Shape& weight)
{
    return weight.empty() ? 0 : weight.front();
}

} // namespace

std::vector<PrunedLayerRow> prunedRows(const LoadedModel& before, const LoadedModel& after)
{
    std::map<std::string, LayerSparsity> was, now;
    for (const LayerSparsity& layer : layerSparsity(before))
        was[layer.layer] = layer;
    for (const LayerSparsity& layer : layerSparsity(after))
        now[layer.layer] = layer;
    std::vector<PrunedLayerRow> rows;
    for (NodeId id = 0; id < static_cast<NodeId>(before.graph.nodes().size()); ++id) {
        const Node& node = before.graph.node(id);
        if (!was.contains(node.name) || !now.contains(node.name) || node.parameters.empty())
            continue;
        const LayerSparsity old = was[node.name], left = now[node.name];
        was.erase(node.name); // a layer that runs twice is one
        const auto place = static_cast<std::size_t>(node.parameters.front());
        PrunedLayerRow& row = rows.emplace_back();
        row.name = node.name;
        row.operation = operationName(node.operation);
        row.numel = old.numel;
        row.pruned = old.numel - left.numel + left.pruned;
        row.channelsBefore = channelsOf(before.graph.parameters()[place].shape);
        row.channels = channelsOf(after.graph.parameters()[place].shape);
        addValues(row, before.weights[place].tensor, after.weights[place].tensor);
    }
    return rows;
}

PrunedLayerRow wholeOf(const std::vector<PrunedLayerRow>& rows)
{
    PrunedLayerRow whole;
    for (const PrunedLayerRow& row : rows) {
        whole.pruned += row.pruned;
        whole.numel += row.numel;
    }
    return whole;
}

} // namespace lathe::ui
