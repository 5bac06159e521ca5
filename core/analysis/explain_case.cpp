#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "core/analysis/explain_p.h"
#include "core/analysis/significant.h"
#include "core/base/words.h"

namespace lathe::explaining {

namespace {

constexpr std::size_t kMostNames = 3; ///< in a sentence

std::unordered_map<std::string, const Node*> nodesByName(const Graph& graph)
{
    std::unordered_map<std::string, const Node*> nodes;
    for (const Node& node : graph.nodes())
        nodes.emplace(node.name, &node);
    return nodes;
}

bool readsInput(const Node& node)
{
    return std::find(node.inputs.begin(), node.inputs.end(), 0) != node.inputs.end();
}

std::vector<TimedLayer> layersOf(const Record& record, const Graph& graph)
{
    const auto nodes = nodesByName(graph);
    std::vector<TimedLayer> layers;
    for (const LayerTime& time : record.layers) {
        const auto node = nodes.find(time.name);
        if (time.milliseconds <= 0.0 || node == nodes.end())
            continue;
        layers.push_back({time.name,
                          &node->second->operation,
                          readsInput(*node->second),
                          time.milliseconds,
                          2.0 * static_cast<double>(time.macs),
                          {}});
    }
    return layers;
}

void addPoints(std::vector<TimedLayer>& layers, const std::vector<RooflinePoint>& points)
{
    for (TimedLayer& layer : layers) {
        const auto point =
            std::find_if(points.begin(), points.end(), [&](const RooflinePoint& p) { return p.layer == layer.name; });
        if (point != points.end())
            layer.point = *point;
    }
}

} // namespace

Case caseOf(const Subject& subject)
{
    const bool hasRoofs = subject.graph != nullptr && subject.peaks != nullptr && subject.record.latency.median > 0.0 &&
                          !whyNotUnder(subject.record, *subject.peaks);
    Case laidOut{subject.record, subject.graph, hasRoofs ? subject.peaks : nullptr, {}, 0.0};
    for (const LayerTime& layer : subject.record.layers)
        laidOut.totalMs += layer.milliseconds;
    if (subject.graph != nullptr)
        laidOut.layers = layersOf(subject.record, *subject.graph);
    if (hasRoofs)
        addPoints(laidOut.layers, layerPoints(subject.record, *subject.graph, *subject.peaks));
    return laidOut;
}

std::vector<TimedLayer> sortedBy(Weight weight, std::vector<TimedLayer> layers)
{
    std::stable_sort(layers.begin(), layers.end(),
                     [&](const TimedLayer& a, const TimedLayer& b) { return weight(a) > weight(b); });
    return layers;
}

std::vector<std::string> namesOf(const std::vector<TimedLayer>& layers)
{
    std::vector<std::string> names;
    for (const TimedLayer& layer : layers)
        names.push_back(layer.name);
    return names;
}

std::string namesText(const std::vector<TimedLayer>& layers)
{
    return listText(namesOf(layers), kMostNames);
}

double sumOf(Weight weight, const std::vector<TimedLayer>& layers)
{
    double sum = 0.0;
    for (const TimedLayer& layer : layers)
        sum += weight(layer);
    return sum;
}

double timeOf(const TimedLayer& layer)
{
    return layer.milliseconds;
}

double flopsOf(const TimedLayer& layer)
{
    return layer.flops;
}

double excessOf(const TimedLayer& layer)
{
    return layer.excessMs();
}

std::string percent(double share)
{
    return formatSignificant(100.0 * share, 2) + " %";
}

std::string milliseconds(double value)
{
    return formatSignificant(value) + " ms";
}

std::string latencyText(const Record& record)
{
    const Latency& latency = record.latency;
    return formatWithInterval(latency.median, latency.ciLow, latency.ciHigh) + " ms";
}

std::string countText(std::size_t count, const char* singular)
{
    return fmt::format("{} {}{}", count, singular, count == 1 ? "" : "s");
}

std::string verbFor(std::size_t count, const char* one, const char* many)
{
    return count == 1 ? one : many;
}

Ratio timesAsFast(const Record& slower, const Record& faster)
{
    return {slower.latency.median / faster.latency.median, slower.latency.ciLow / faster.latency.ciHigh,
            slower.latency.ciHigh / faster.latency.ciLow};
}

std::string intervalText(const Ratio& ratio)
{
    return fmt::format("{} ({} to {})", formatSignificant(ratio.value), formatSignificant(ratio.low),
                       formatSignificant(ratio.high));
}

} // namespace lathe::explaining
