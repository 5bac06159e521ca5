#include "core/benchmark/count_check.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/benchmark/environment.h"
#include "core/benchmark/measure.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr double kAgreement = 0.005;

std::int64_t gap(const CountDifference& difference)
{
    return std::abs(difference.ranMacs - difference.graphMacs);
}

/// By kind of operation, with the nodes alone whose counts differ.
std::vector<CountDifference> differencesOf(const Graph& graph, const GraphCost& costs, const OperationCount& count)
{
    std::map<std::string, CountDifference> byKind;
    for (std::size_t i = 0; i < std::min(costs.nodes.size(), count.nodes.size()); ++i) {
        if (costs.nodes[i].macs == count.nodes[i])
            continue;
        const std::string kind(operationName(graph.nodes()[i].operation));
        CountDifference& difference = byKind[kind];
        difference.operation = kind;
        ++difference.nodes;
        difference.graphMacs += costs.nodes[i].macs;
        difference.ranMacs += count.nodes[i];
    }
    std::vector<CountDifference> differences;
    for (auto& [kind, difference] : byKind)
        differences.push_back(std::move(difference));
    std::sort(differences.begin(), differences.end(), [](const auto& a, const auto& b) { return gap(a) > gap(b); });
    return differences;
}

double mega(std::int64_t macs)
{
    return static_cast<double>(macs) / 1e6;
}

std::string callsText(const OperationCall& call)
{
    return fmt::format("{} ({} {})", call.name, call.calls, call.calls == 1 ? "call" : "calls");
}

/// "The counter has no formula for aten::foo (2 calls)."
std::string unknownText(const OperationCount& count)
{
    std::vector<std::string> names;
    for (const OperationCall& call : count.unknown)
        names.push_back(callsText(call));
    return names.empty() ? std::string() : fmt::format("the counter has no formula for {}", fmt::join(names, ", "));
}

std::string differencesText(const CountCheck& check)
{
    std::vector<std::string> parts;
    for (const CountDifference& d : check.differences)
        parts.push_back(fmt::format("{} ({} {}: {:.3f} MMACs in the graph, {:.3f} MMACs that ran)", d.operation,
                                    d.nodes, d.nodes == 1 ? "node" : "nodes", mega(d.graphMacs), mega(d.ranMacs)));
    return parts.empty() ? std::string() : fmt::format("they differ on {}", fmt::join(parts, ", "));
}

std::string sentenceFor(const CountCheck& check, const OperationCount& count)
{
    if (check.agrees)
        return fmt::format("The two counts agree within {:.1f} %.", kAgreement * 100);
    std::string why = differencesText(check);
    const std::string unknown = unknownText(count);
    why += why.empty() || unknown.empty() ? unknown : "; " + unknown;
    return fmt::format("The two counts are {:.1f} % apart{}{}.", check.difference * 100, why.empty() ? "" : ": ", why);
}

} // namespace

CountCheck checkCounts(const Graph& graph, const OperationCount& count)
{
    const GraphCost costs = cost(graph);
    CountCheck check;
    check.graphMacs = costs.macs;
    check.ranMacs = count.macs;
    const std::int64_t larger = std::max({check.graphMacs, check.ranMacs, std::int64_t{1}});
    check.difference = static_cast<double>(std::abs(check.ranMacs - check.graphMacs)) / static_cast<double>(larger);
    check.agrees = check.difference <= kAgreement;
    check.differences = differencesOf(graph, costs, count);
    check.sentence = graph.isSealed() ? "It is sealed: the graph has this very count, and there is no second."
                                      : sentenceFor(check, count);
    return check;
}

Result<OperationCount> countOperations(Backend& backend, const LoadedModel& model)
{
    const Configuration configuration{model.name,    std::string(name(Mode::Eager)), 1,
                                      usableCores(), model.graph.inputShape(),       "cpu"};
    return runnable(backend, model, configuration)
        .and_then([&](const LoadedModel& ready) { return prepareNetwork(backend, ready, configuration); })
        .and_then([](const std::unique_ptr<Network>& network) { return network->countOperations(); });
}

} // namespace lathe
