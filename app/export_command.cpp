#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/formats/safetensors.h"
#include "core/formats/torchscript.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string format = "safetensors";
    std::string out;
    std::string input;
    std::uint64_t seed = 0;
    bool json = false;
};

Result<StateDict> weightsOf(const LoadedModel& model, std::uint64_t seed)
{
    if (!model.weights.empty())
        return model.weights;
    return loadBackend().and_then([&](Backend* backend) { return backend->initialise(model.graph, seed); });
}

/// A graph of a file's own is recognised by its tensors alone.
std::map<std::string, std::string> metadataOf(const Graph& graph)
{
    if (!findArchitecture(graph.name()))
        return {};
    return {{"architecture", graph.name()}};
}

Result<void> exportModel(const Options& options)
{
    const Result<Shape> input = parseInput(options.input);
    if (!input)
        return tl::unexpected(input.error());
    const Result<LoadedModel> model = loadModel(options.model, *input);
    if (!model)
        return tl::unexpected(model.error());
    if (const auto possible = refuseSealed(model->graph, "an export of its weights"); !possible)
        return possible;
    const Result<StateDict> weights = weightsOf(*model, options.seed);
    if (!weights)
        return tl::unexpected(weights.error());
    if (const auto written = writeSafetensors(options.out, *weights, metadataOf(model->graph)); !written)
        return written;
    if (options.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"out", options.out}, {"tensors", weights->size()}}.dump(2));
    else
        fmt::print("{}: {} tensors of {}\n", options.out, weights->size(), model->graph.name());
    return {};
}

} // namespace

void addExport(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("export", "Write a model's weights to a file");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command->add_option("--format", options->format, "safetensors")->check(CLI::IsMember({"safetensors"}));
    command->add_option("--out", options->out, "The file to write")->required();
    command->add_option("--input", options->input, "Input size, where weights depend on it, such as 3x384x384");
    command->add_option("--seed", options->seed, "Of the first values, for an architecture without weights");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return exportModel(*options); }; });
}

} // namespace lathe::cli
