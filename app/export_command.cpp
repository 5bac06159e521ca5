#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "core/base/files.h"
#include "core/engine/backend.h"
#include "core/formats/torchscript.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string format = "safetensors";
    std::string out;
    std::string input;
    std::int64_t classes = 0;
    std::uint64_t seed = 0;
    bool json = false;
};

Result<StateDict> weightsOf(const LoadedModel& model, std::uint64_t seed)
{
    if (!model.weights.empty())
        return model.weights;
    return loadBackend().and_then([&](Backend* backend) { return backend->initialise(model.graph, seed); });
}

Result<void> exportGraph(const Options& options, const LoadedModel& model)
{
    if (const auto written = writeFileAtomically(options.out, graphToJson(graphFileOf(model))); !written)
        return written;
    const std::size_t nodes = model.graph.nodes().size() - 1;
    if (options.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"out", options.out}, {"nodes", nodes}}.dump(2));
    else
        fmt::print("{}: {} nodes of {}\n", options.out, nodes, model.graph.name());
    return {};
}

Result<void> exportWeights(const Options& options, const LoadedModel& model)
{
    Result<StateDict> weights = weightsOf(model, options.seed);
    if (!weights)
        return tl::unexpected(weights.error());
    const std::size_t tensors = weights->size();
    LoadedModel whole = model;
    whole.weights = *std::move(weights);
    if (const auto written = saveModel(options.out, whole); !written)
        return written;
    if (options.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"out", options.out}, {"tensors", tensors}}.dump(2));
    else
        fmt::print("{}: {} tensors of {}\n", options.out, tensors, model.graph.name());
    return {};
}

Result<void> exportModel(const Options& options)
{
    const Result<LoadedModel> model = loadArgument(options.model, options.input, options.classes);
    if (!model)
        return tl::unexpected(model.error());
    if (const auto possible = refuseSealed(model->graph, "an export"); !possible)
        return possible;
    return options.format == "json" ? exportGraph(options, *model) : exportWeights(options, *model);
}

} // namespace

void addExport(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("export", "Write a model's weights, or its architecture, to a file");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command->add_option("--format", options->format, "safetensors (weights) or json (the architecture alone)")
        ->check(CLI::IsMember({"safetensors", "json"}));
    command->add_option("--out", options->out, "The file to write")->required();
    command->add_option("--input", options->input, "Input size, where weights depend on it, such as 3x384x384");
    addClassesOption(*command, options->classes);
    command->add_option("--seed", options->seed, "Of the first values, for an architecture without weights");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return exportModel(*options); }; });
}

} // namespace lathe::cli
