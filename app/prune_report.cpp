#include "app/prune_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/output.h"
#include "core/analysis/significant.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNothingSaved = "Masks change neither parameters nor MACs: a zero is stored and multiplied like "
                                      "any other number. Channels that are gone make a network smaller and faster: "
                                      "lathe prune --structured.";

const Pruning* pruningOf(const LoadedModel& model)
{
    return model.pruning ? &*model.pruning : nullptr;
}

Json namesJson(const LoadedModel& model)
{
    const ModuleNames names = moduleNames(model.graph, pruningOf(model));
    return {{"parameters", names.parameters}, {"buffers", names.buffers}};
}

Json layersJson(const std::vector<LayerSparsity>& layers)
{
    Json json = Json::array();
    for (const LayerSparsity& layer : layers)
        json.push_back({{"name", layer.layer},
                        {"pruned", layer.pruned},
                        {"numel", layer.numel},
                        {"sparsity", layer.share()},
                        {"bias_pruned", layer.biasPruned},
                        {"bias_numel", layer.biasNumel}});
    return json;
}

std::string percent(double share)
{
    return formatFixed(100.0 * share, 2) + " %";
}

/// The layer's share as a bar, with a line where the share of the whole is.
std::string bar(double share, double whole)
{
    constexpr int kWidth = 20;
    const auto cells = [](double part) { return static_cast<int>(part * kWidth + 0.5); };
    std::string text;
    for (int i = 0; i <= kWidth; ++i)
        text += i == cells(whole) ? "│" : i < cells(share) ? "█" : "·";
    return text;
}

void printLayers(const std::vector<LayerSparsity>& layers)
{
    const LayerSparsity whole = wholeSparsity(layers);
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const LayerSparsity& layer, const std::string& name) {
        rows.push_back({name, fmt::format("{}", layer.pruned), fmt::format("{}", layer.numel), percent(layer.share()),
                        bar(layer.share(), whole.share()),
                        layer.biasPruned > 0 ? fmt::format("{} of {}", layer.biasPruned, layer.biasNumel) : ""});
    };
    for (const LayerSparsity& layer : layers)
        add(layer, layer.layer);
    add(whole, "whole");
    printTable({"layer", "pruned", "weights", "share", "beside the whole (│)", "biases pruned"}, rows);
}

void printNames(const PruningReport& report)
{
    const ModuleNames before = moduleNames(report.before.graph, pruningOf(report.before));
    const ModuleNames after = moduleNames(report.after.graph, pruningOf(report.after));
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const char* what, const std::vector<std::string>& old, const std::vector<std::string>& now) {
        for (std::size_t i = 0; i < std::max(old.size(), now.size()); ++i)
            rows.push_back({i < old.size() ? old[i] : "", i < now.size() ? now[i] : "", what});
    };
    add("parameter", before.parameters, after.parameters);
    add("buffer", before.buffers, after.buffers);
    fmt::print("\n");
    printTable({"before", "after", ""}, rows);
}

} // namespace

void printPruningJson(const PruningReport& report)
{
    const GraphCost before = cost(report.before.graph), after = cost(report.after.graph);
    const LayerSparsity whole = wholeSparsity(report.layers);
    Json notes = report.notes;
    notes.push_back(kNothingSaved);
    const Json json{{"model", report.before.name},
                    {"out", report.out.empty() ? Json(nullptr) : Json(report.out)},
                    {"scheme", pruningText(report.after)},
                    {"params_before", before.parameters},
                    {"params", after.parameters},
                    {"macs_before", before.macs},
                    {"macs", after.macs},
                    {"sparsity", whole.share()},
                    {"pruned", whole.pruned},
                    {"numel", whole.numel},
                    {"bias_pruned", whole.biasPruned},
                    {"bias_numel", whole.biasNumel},
                    {"size_bytes", storedBytes(report.after)},
                    {"size_bytes_before", storedBytes(report.before)},
                    {"before", namesJson(report.before)},
                    {"after", namesJson(report.after)},
                    {"notes", notes},
                    {"layers", layersJson(report.layers)}};
    fmt::print("{}\n", json.dump(2));
}

void printPruning(const PruningReport& report)
{
    printLayers(report.layers);
    if (report.showsNames)
        printNames(report);
    const LayerSparsity whole = wholeSparsity(report.layers);
    fmt::print("\n{} of {} weights are pruned, {} of the whole: {}.\n", whole.pruned, whole.numel,
               percent(whole.share()), pruningText(report.after));
    fmt::print("{}\n", kNothingSaved);
    for (const std::string& note : report.notes)
        fmt::print("{}\n", forTerminal(note));
    if (!report.out.empty())
        fmt::print("{}: written, {}.\n", report.out, formatBytes(static_cast<double>(storedBytes(report.after))));
}

} // namespace lathe::cli
