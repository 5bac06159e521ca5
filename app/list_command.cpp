#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/output.h"
#include "core/architectures/catalogue.h"
#include "core/graph/cost.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

Json toJson(const Architecture& architecture, const GraphCost& cost)
{
    const PublishedWeights* weights = architecture.defaultWeights();
    return {{"name", architecture.name},
            {"family", architecture.family},
            {"type", name(architecture.type)},
            {"year", architecture.year},
            {"input", architecture.defaultInput},
            {"params", cost.parameters},
            {"macs", cost.macs},
            {"top1", weights != nullptr ? Json(weights->top1) : Json()},
            {"top5", weights != nullptr ? Json(weights->top5) : Json()}};
}

std::vector<std::string> toRow(const Architecture& architecture, const GraphCost& cost)
{
    const PublishedWeights* weights = architecture.defaultWeights();
    return {architecture.name,
            architecture.family,
            std::string(name(architecture.type)),
            fmt::format("{:.2f}", static_cast<double>(cost.parameters) / 1e6),
            fmt::format("{:.3f}", static_cast<double>(cost.macs) / 1e9),
            weights != nullptr ? fmt::format("{:.2f}", weights->top1 * 100) : "-",
            inputText(architecture.defaultInput, architecture.vocabulary)};
}

Result<void> list(bool json)
{
    Json models = Json::array();
    std::vector<std::vector<std::string>> rows;
    for (const Architecture& architecture : catalogue()) {
        const Result<Graph> graph = architecture.build({});
        if (!graph)
            return tl::unexpected(graph.error());
        const GraphCost total = cost(*graph);
        if (json)
            models.push_back(toJson(architecture, total));
        else
            rows.push_back(toRow(architecture, total));
    }
    if (json)
        fmt::print("{}\n", Json{{"models", models}}.dump(2));
    else
        printTable({"name", "family", "type", "params (M)", "GMACs", "top-1 (%)", "input"}, rows);
    return {};
}

} // namespace

void addList(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("list", "The catalogue of architectures");
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "One JSON document on standard output");
    command->callback([&action, json] { action = [json] { return list(*json); }; });
}

} // namespace lathe::cli
