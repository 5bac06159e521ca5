#include "core/analysis/roofline.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "core/analysis/layer_table.h"
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

double flopsOf(const LayerRow& row)
{
    return 2.0 * static_cast<double>(row.macs) + static_cast<double>(row.elementwise);
}

RooflinePoint pointFor(const Record& record, const Peaks& peaks)
{
    const Precision precision = precisionOf(record.configuration.mode, peaks);
    RooflinePoint point;
    point.precision = precision.name;
    point.peak = precision.peak;
    return point;
}

/// Names of those that were timed at nothing.
std::unordered_set<std::string_view> mergedLayers(const Record& record)
{
    std::unordered_set<std::string_view> merged;
    for (const LayerTime& layer : record.layers)
        if (layer.milliseconds <= 0.0)
            merged.insert(layer.name);
    return merged;
}

/// Parameters, and what of the activations is alive at once.
double footprint(const Graph& graph, std::int64_t batch)
{
    const GraphCost whole = cost(graph);
    return static_cast<double>(whole.parameterBytes) +
           static_cast<double>(whole.peakActivationBytes) * static_cast<double>(batch);
}

const Bandwidth& levelOf(const LayerRow& row, double networkParameterBytes, double scale, const Peaks& peaks)
{
    const bool mostlyParameters = 2 * row.parameterBytes > row.bytes;
    return levelHolding(scale * (mostlyParameters ? networkParameterBytes : static_cast<double>(row.bytes)), peaks);
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

Precision precisionOf(const std::string& mode, const Peaks& peaks)
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
    const auto merged = mergedLayers(record);
    RooflinePoint point = pointFor(record, peaks);
    const double scale = precisionOf(record.configuration.mode, peaks).bytesScale;
    for (const LayerRow& row : layerTable(graph, record.configuration.batch).rows) {
        point.flops += flopsOf(row);
        point.bytes += merged.contains(row.name) ? 0.0 : scale * static_cast<double>(row.bytes);
    }
    point.milliseconds = record.latency.median;
    place(point, levelHolding(scale * footprint(graph, record.configuration.batch), peaks));
    return point;
}

std::vector<RooflinePoint> layerPoints(const Record& record, const Graph& graph, const Peaks& peaks)
{
    const double scale = precisionOf(record.configuration.mode, peaks).bytesScale;
    const auto parameters = static_cast<double>(cost(graph).parameterBytes);
    std::vector<RooflinePoint> points;
    for (const LayerRow& row : layerTable(graph, record.configuration.batch, record.layers).rows) {
        if (row.milliseconds.value_or(0.0) <= 0.0)
            continue;
        RooflinePoint point = pointFor(record, peaks);
        point.layer = row.name;
        point.operation = row.operation;
        point.flops = flopsOf(row);
        point.bytes = scale * static_cast<double>(row.bytes);
        point.milliseconds = *row.milliseconds;
        place(point, levelOf(row, parameters, scale, peaks));
        points.push_back(std::move(point));
    }
    return points;
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
