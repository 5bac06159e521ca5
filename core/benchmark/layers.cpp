#include "core/benchmark/layers.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/statistics.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr int kEnoughPairs = 30;
constexpr int kMostPairs = 1000;
constexpr double kSpanShare = 0.05; ///< of the time, that the pairs cover at least
constexpr double kUnexplained = 0.05;

/// Times as they come: whole inferences, and for each node one figure a timed inference.
struct Times {
    std::vector<double> plainMs;
    std::vector<std::vector<double>> nodesMs;
};

Result<void> takePair(Network& network, const Probe& probe, const std::stop_token& stop, Times& times)
{
    const double begin = probe.seconds();
    if (auto done = network.run(); !done)
        return done;
    const double plain = (probe.seconds() - begin) * 1e3;
    if (stop.stop_requested())
        return {};
    const auto nodes = network.runTimed();
    if (!nodes)
        return tl::unexpected(nodes.error());
    if (nodes->size() != times.nodesMs.size())
        return fail(ErrorCode::EngineFailure,
                    fmt::format("The engine timed {} nodes of {}.", nodes->size(), times.nodesMs.size()));
    times.plainMs.push_back(plain);
    for (std::size_t i = 0; i < nodes->size(); ++i)
        times.nodesMs[i].push_back((*nodes)[i] * 1e3);
    return {};
}

bool isEnough(std::size_t pairs, double elapsed, double maxSeconds)
{
    return elapsed >= maxSeconds || pairs >= kMostPairs ||
           (pairs >= kEnoughPairs && elapsed >= kSpanShare * maxSeconds);
}

LayerPass summariseLayers(const Graph& graph, std::int64_t batch, const Times& times)
{
    LayerPass pass;
    pass.pairs = static_cast<int>(times.plainMs.size());
    pass.plainMs = stats::median(times.plainMs);
    const GraphCost costs = cost(graph);
    for (std::size_t i = 0; i < times.nodesMs.size(); ++i) {
        const Node& node = graph.nodes()[i];
        if (std::holds_alternative<op::Input>(node.operation))
            continue;
        const double milliseconds = stats::median(times.nodesMs[i]);
        pass.layers.push_back(
            {node.name, std::string(operationName(node.operation)), milliseconds, costs.nodes[i].macs * batch});
        pass.totalMs += milliseconds;
    }
    return pass;
}

} // namespace

Result<LayerPass> timeLayers(Network& network, const Graph& graph, std::int64_t batch, double maxSeconds,
                             const Probe& probe, std::stop_token stop, const ProgressSink& progress)
{
    Times times;
    times.nodesMs.resize(graph.nodes().size());
    const double begin = probe.seconds();
    if (progress)
        progress({0.0, "timing each layer"});
    double elapsed = 0.0;
    do {
        if (stop.stop_requested())
            break;
        if (auto taken = takePair(network, probe, stop, times); !taken)
            return tl::unexpected(taken.error());
        elapsed = probe.seconds() - begin;
    } while (!isEnough(times.plainMs.size(), elapsed, maxSeconds));
    if (times.plainMs.empty())
        return LayerPass{};
    return summariseLayers(graph, batch, times);
}

std::vector<Flag> judgeLayers(const LayerPass& pass)
{
    if (pass.pairs == 0 || pass.plainMs <= 0.0)
        return {};
    const double ratio = pass.totalMs / pass.plainMs - 1.0;
    if (std::abs(ratio) <= kUnexplained)
        return {};
    return {
        {"layers_unexplained",
         fmt::format("The layers add up to {:.3g} ms, {:.1f} % {} than the whole inference ({:.3g} ms between them); "
                     "take their shares as rough.",
                     pass.totalMs, 100.0 * std::abs(ratio), ratio > 0.0 ? "more" : "less", pass.plainMs)}};
}

} // namespace lathe
