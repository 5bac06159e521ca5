#include "app/prune_structured_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/output.h"
#include "core/analysis/significant.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

double share(std::int64_t part, std::int64_t whole)
{
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

Json layersJson(const ChannelPruningOutcome& outcome)
{
    Json layers = Json::array();
    for (const PrunedLayer& layer : outcome.layers)
        layers.push_back({{"name", layer.name},
                          {"pruned", layer.pruned},
                          {"numel", layer.numel},
                          {"channels_before", layer.channelsBefore},
                          {"channels", layer.channels}});
    return layers;
}

Json widthsJson(const ChannelPruningOutcome& outcome)
{
    Json widths = Json::array();
    for (const WidthChoice& width : outcome.widths) {
        Json tried = Json::array();
        for (const MeasuredWidth& one : width.tried)
            tried.push_back({{"kept", one.kept}, {"ms", 1e3 * one.seconds}});
        widths.push_back({{"layers", width.group}, {"tried", tried}, {"chosen", width.chosen}});
    }
    return widths;
}

void printWidths(const ChannelPruningOutcome& outcome)
{
    std::vector<std::vector<std::string>> rows;
    for (const WidthChoice& width : outcome.widths)
        for (const MeasuredWidth& one : width.tried)
            rows.push_back({width.group, std::to_string(one.kept), formatSignificant(1e3 * one.seconds),
                            one.kept == width.chosen ? "taken" : ""});
    if (rows.empty())
        return;
    fmt::print("\n");
    printTable({"channels of", "kept", "ms", ""}, rows);
}

std::string fell(std::int64_t before, std::int64_t after)
{
    return fmt::format("{} of {} ({} %)", formatSi(static_cast<double>(after)), formatSi(static_cast<double>(before)),
                       formatSignificant(100.0 * share(after, before)));
}

} // namespace

void printGroups(const std::vector<ChannelGroup>& groups, const ChannelChoice& choice)
{
    std::vector<std::vector<std::string>> rows;
    for (const ChannelGroup& group : groups)
        rows.push_back(
            {group.title(), std::string(name(group.kind)), std::to_string(group.size()), whyWhole(group, choice)});
    printTable({"channels of", "kind", "number", "stay because"}, rows);
}

void printGroupsJson(const std::vector<ChannelGroup>& groups, const ChannelChoice& choice)
{
    Json list = Json::array();
    for (const ChannelGroup& group : groups) {
        const std::string why = whyWhole(group, choice);
        list.push_back({{"kind", std::string(name(group.kind))},
                        {"layers", group.layers},
                        {"channels", group.size()},
                        {"stays", why.empty() ? Json(nullptr) : Json(why)}});
    }
    fmt::print("{}\n", Json{{"groups", list}}.dump(2));
}

void printStructuredJson(const ChannelPruningOutcome& outcome, const std::string& out)
{
    Json json{{"model", outcome.model.name},
              {"scheme", outcome.scheme},
              {"ratio", outcome.ratio},
              {"params_before", outcome.before.parameters},
              {"params", outcome.after.parameters},
              {"macs_before", outcome.before.macs},
              {"macs", outcome.after.macs},
              {"module_operations_before", outcome.before.moduleOperations},
              {"module_operations", outcome.after.moduleOperations},
              {"sparsity", outcome.sparsity()},
              {"size_bytes", storedBytes(outcome.model)},
              {"layers", layersJson(outcome)}};
    if (!outcome.widths.empty())
        json["widths"] = widthsJson(outcome);
    json["notes"] = outcome.notes;
    if (!out.empty())
        json["out"] = out;
    fmt::print("{}\n", json.dump(2));
}

void printStructured(const ChannelPruningOutcome& outcome, const std::string& out)
{
    std::vector<std::vector<std::string>> rows;
    for (const PrunedLayer& layer : outcome.layers)
        rows.push_back({layer.name, std::to_string(layer.channelsBefore), std::to_string(layer.channels),
                        std::to_string(layer.numel), std::to_string(layer.pruned),
                        formatSignificant(100.0 * share(layer.pruned, layer.numel))});
    printTable({"layer", "channels", "left", "weights", "removed", "%"}, rows);
    printWidths(outcome);
    fmt::print("\n{} by {}: {} parameters and {} MACs are left.\n", outcome.model.name, outcome.scheme,
               fell(outcome.before.parameters, outcome.after.parameters),
               fell(outcome.before.macs, outcome.after.macs));
    for (const std::string& note : outcome.notes)
        fmt::print("{}\n", note);
    if (!out.empty())
        fmt::print("Written to {}: {}.\n", out, formatBytes(static_cast<double>(storedBytes(outcome.model))));
}

} // namespace lathe::cli
