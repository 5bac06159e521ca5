#include "core/analysis/roofline.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "core/analysis/layer_work.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr double kNear = 0.5; ///< share of the roof from which on it is what bounds

const Bandwidth& levelHolding(double bytes, const Peaks& peaks)
{
    const auto found = std::find_if(peaks.bandwidth.begin(), peaks.bandwidth.end(), [&](const Bandwidth& level) {
        return static_cast<double>(level.capacity()) >= bytes;
    });
    return found != peaks.bandwidth.end() ? *found : peaks.bandwidth.back();
}

void place(RooflinePoint& point, const Bandwidth& level)
{
    point.level = level.level;
    point.bandwidth = level.best();
    const double computing = point.peak > 0.0 ? point.flops / point.peak : 0.0;
    const double moving = point.bytes / point.bandwidth;
    point.share = std::max(computing, moving) * 1e3 / point.milliseconds;
    if (point.share >= kNear)
        point.bound = moving > computing ? Bound::Memory : Bound::Arithmetic;
}

RooflinePoint pointFor(const Record& record, const Peaks& peaks)
{
    const ModePrecision precision = precisionOf(record.configuration.mode, peaks);
    RooflinePoint point;
    point.precision = precision.name;
    point.peak = precision.peak;
    return point;
}

/// What each operation of a record does, in the precision of its mode.
std::vector<LayerWork> workOf(const Record& record, const Graph& graph)
{
    const Configuration& c = record.configuration;
    return layerWork(graph, c.batch, operationsOf(graph, c.mode));
}

/// Milliseconds of a record's layers by name.
using Times = std::unordered_map<std::string_view, double>;

Times timesOf(const Record& record)
{
    Times times;
    for (const LayerTime& layer : record.layers)
        times[layer.name] += layer.milliseconds;
    return times;
}

/// Whichever of a group's nodes the engine puts its time down to.
double timeOf(const LayerWork& work, const Graph& graph, const Times& times)
{
    double milliseconds = 0.0;
    for (const NodeId node : work.nodes)
        if (const auto time = times.find(graph.node(node).name); time != times.end())
            milliseconds += time->second;
    return milliseconds;
}

/// Parameters, and what of the activations is alive at once.
double footprint(const Graph& graph, std::int64_t batch)
{
    const GraphCost whole = cost(graph);
    return static_cast<double>(whole.parameterBytes) +
           static_cast<double>(whole.peakActivationBytes) * static_cast<double>(batch);
}

const Bandwidth& levelOf(const LayerWork& work, double networkParameterBytes, double scale, const Peaks& peaks)
{
    const bool mostlyParameters = 2 * work.parameterBytes > work.bytes;
    return levelHolding(scale * (mostlyParameters ? networkParameterBytes : static_cast<double>(work.bytes)), peaks);
}

bool isMeasured(const Record& record)
{
    return record.latency.median > 0.0;
}

} // namespace

double attainable(double intensity, double bandwidth, double peak)
{
    return std::min(peak, intensity * bandwidth);
}

ModePrecision precisionOf(const std::string& mode, const Peaks& peaks)
{
    if (mode == "bf16")
        return {"bf16", peaks.bf16, 0.5};
    if (mode == "int8")
        return {"int8", peaks.int8, 0.25};
    return {"fp32", peaks.fp32, 1.0};
}

std::string_view boundName(Bound bound)
{
    switch (bound) {
    case Bound::Memory:
        return "memory";
    case Bound::Arithmetic:
        return "arithmetic";
    case Bound::Neither:
        return "neither";
    }
    return {};
}

RooflinePoint recordPoint(const Record& record, const Graph& graph, const Peaks& peaks)
{
    RooflinePoint point = pointFor(record, peaks);
    const double scale = precisionOf(record.configuration.mode, peaks).bytesScale;
    for (const LayerWork& work : workOf(record, graph)) {
        point.flops += work.flops;
        point.bytes += scale * static_cast<double>(work.bytes);
    }
    point.milliseconds = record.latency.median;
    place(point, levelHolding(scale * footprint(graph, record.configuration.batch), peaks));
    return point;
}

std::vector<RooflinePoint> layerPoints(const Record& record, const Graph& graph, const Peaks& peaks)
{
    const double scale = precisionOf(record.configuration.mode, peaks).bytesScale;
    const auto parameters = static_cast<double>(cost(graph).parameterBytes);
    const auto times = timesOf(record);
    std::vector<RooflinePoint> points;
    for (const LayerWork& work : workOf(record, graph)) {
        const double milliseconds = timeOf(work, graph, times);
        if (milliseconds <= 0.0)
            continue;
        RooflinePoint point = pointFor(record, peaks);
        point.layer = work.name;
        point.operation = work.operation;
        point.flops = work.flops;
        point.bytes = scale * static_cast<double>(work.bytes);
        point.milliseconds = milliseconds;
        place(point, levelOf(work, parameters, scale, peaks));
        points.push_back(std::move(point));
    }
    return points;
}

int usualThreads(const std::vector<Record>& records, int cores)
{
    std::map<int, int> counts{{cores, 0}};
    for (const Record& record : records)
        if (record.configuration.device == "cpu" && record.configuration.threads <= cores)
            ++counts[record.configuration.threads];
    // Of equals the most threads.
    return std::max_element(counts.rbegin(), counts.rend(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

std::optional<std::string> whyNotUnder(const Record& record, const Peaks& peaks)
{
    const Configuration& c = record.configuration;
    if (c.device != "cpu")
        return fmt::format("it ran on {}, and the roofs are the CPU's", c.device);
    if (c.threads != peaks.threads)
        return fmt::format("it ran on {} {}, and the roofs are those of {}", c.threads,
                           c.threads == 1 ? "thread" : "threads", peaks.threads);
    if (!record.environment.comparableWith(peaks.environment))
        return "it was measured on another machine or with other software";
    return std::nullopt;
}

Roofline rooflineOf(const std::vector<Record>& records, const Peaks& peaks, const GraphSource& graphOf)
{
    Roofline roofline;
    const auto leaveOut = [&](std::size_t i, std::string reason) {
        roofline.leftOut.push_back({i, std::move(reason)});
    };
    for (std::size_t i = 0; i < records.size(); ++i) {
        if (const auto reason = whyNotUnder(records[i], peaks)) {
            leaveOut(i, *reason);
            continue;
        }
        const Result<Graph> graph = graphOf(records[i].configuration);
        if (!graph || !isMeasured(records[i])) {
            leaveOut(i, graph ? "it has no latency" : "its network cannot be read: " + graph.error().message);
            continue;
        }
        std::vector<RooflinePoint> points = layerPoints(records[i], *graph, peaks);
        points.insert(points.begin(), recordPoint(records[i], *graph, peaks));
        for (RooflinePoint& point : points) {
            point.record = i;
            roofline.points.push_back(std::move(point));
        }
    }
    return roofline;
}

} // namespace lathe
