#include "core/formats/model_file.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <unordered_map>

#include <fmt/format.h>

#include "core/architectures/catalogue.h"
#include "core/engine/weights.h"
#include "core/formats/safetensors.h"
#include "core/formats/torchscript.h"

namespace lathe {

namespace {

bool looksLikeFile(const std::string& model)
{
    return model.find('/') != std::string::npos || std::filesystem::path(model).has_extension() ||
           std::filesystem::exists(model);
}

/// As torch.jit.save and torch.save write them.
bool isZip(const std::string& path)
{
    std::array<char, 4> start{};
    return std::ifstream(path, std::ios::binary).read(start.data(), start.size()) &&
           std::string_view(start.data(), start.size()) == "PK\x03\x04";
}

LoadedModel describe(const Architecture& architecture, Graph graph)
{
    LoadedModel loaded;
    loaded.name = architecture.name;
    loaded.family = architecture.family;
    loaded.type = name(architecture.type);
    loaded.graph = std::move(graph);
    return loaded;
}

/// Published accuracy holds for the published crop and classes only.
void addPublished(LoadedModel& loaded, const Architecture& architecture)
{
    const PublishedWeights* weights = architecture.defaultWeights();
    if (weights == nullptr)
        return;
    loaded.fileBytes = static_cast<std::int64_t>(weights->fileMegabytes * 1048576.0);
    if (loaded.graph.inputShape() != Shape{3, weights->crop, weights->crop})
        return;
    loaded.top1 = weights->top1;
    loaded.top5 = weights->top5;
}

using Shapes = std::unordered_map<std::string, const Shape*>;

Shapes shapesOf(const StateDict& tensors)
{
    Shapes shapes;
    for (const NamedTensor& entry : tensors)
        shapes.emplace(entry.name, &entry.tensor.shape);
    return shapes;
}

/// The classes of the file's last layer: the first extent of the graph's last trainable parameter, as the file has it.
std::int64_t classesOf(const Graph& graph, const Shapes& shapes)
{
    const auto& parameters = graph.parameters();
    const auto last =
        std::find_if(parameters.rbegin(), parameters.rend(), [](const Parameter& p) { return p.trainable; });
    const auto found = last == parameters.rend() ? shapes.end() : shapes.find(last->name);
    return found == shapes.end() || found->second->empty() ? 0 : found->second->front();
}

/// Every trainable parameter is there with its shape, and nothing else is but what only training uses.
bool fits(const Graph& graph, const Shapes& shapes)
{
    auto known = static_cast<std::size_t>(std::count_if(
        shapes.begin(), shapes.end(), [&](const auto& entry) { return graph.isTrainingOnly(entry.first); }));
    for (const Parameter& p : graph.parameters()) {
        const auto found = shapes.find(p.name);
        if (found == shapes.end() ? p.trainable : *found->second != p.shape)
            return false;
        known += found != shapes.end() ? 1 : 0;
    }
    return known == shapes.size();
}

/// The architecture built for the file's number of classes.
Result<Graph> buildFor(const Architecture& architecture, const Shape& input, const Shapes& shapes)
{
    Result<Graph> graph = architecture.build({input, 0});
    if (!graph || architecture.defaultClasses == 0)
        return graph;
    const std::int64_t classes = classesOf(*graph, shapes);
    if (classes == 0 || classes == graph->outputShape().front())
        return graph;
    return architecture.build({input, classes});
}

Result<const Architecture*> recognise(const std::string& path, const SafetensorsFile& file, const Shapes& shapes)
{
    if (const auto named = file.metadata.find("architecture"); named != file.metadata.end()) {
        const auto found = findArchitecture(named->second);
        if (!found)
            return fail(found.error().code, fmt::format("{} says that it belongs to another architecture than those "
                                                        "known here: {}",
                                                        path, found.error().message));
        return found;
    }
    for (const Architecture& architecture : catalogue()) {
        const Result<Graph> graph = buildFor(architecture, {}, shapes);
        if (graph && fits(*graph, shapes))
            return &architecture;
    }
    return fail(
        ErrorCode::BadFile,
        fmt::format("{} fits none of the known architectures (\"lathe list\" names them): its tensors have other names "
                    "or shapes than theirs.",
                    path));
}

Result<LoadedModel> loadWith(const Architecture& architecture, const Shape& input, const std::string& path,
                             const SafetensorsFile& file, const Shapes& shapes)
{
    Result<Graph> graph = buildFor(architecture, input, shapes);
    if (!graph)
        return tl::unexpected(graph.error());
    Result<StateDict> weights = matchWeights(*graph, file.tensors);
    if (!weights)
        return fail(weights.error().code, fmt::format("{}: {}", path, weights.error().message));
    LoadedModel loaded = describe(architecture, *std::move(graph));
    loaded.weights = *std::move(weights);
    std::error_code error;
    loaded.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    return loaded;
}

} // namespace

Result<LoadedModel> loadModel(const std::string& model, const Shape& input)
{
    if (!looksLikeFile(model)) {
        const auto architecture = findArchitecture(model);
        if (!architecture)
            return tl::unexpected(architecture.error());
        return (*architecture)->build({input, 0}).map([&](Graph graph) {
            LoadedModel loaded = describe(**architecture, std::move(graph));
            addPublished(loaded, **architecture);
            return loaded;
        });
    }
    if (isZip(model))
        return loadTorchScript(model, input);
    const auto file = readSafetensors(model);
    if (!file)
        return tl::unexpected(file.error());
    const Shapes shapes = shapesOf(file->tensors);
    const auto architecture = recognise(model, *file, shapes);
    if (!architecture)
        return tl::unexpected(architecture.error());
    return loadWith(**architecture, input, model, *file, shapes).map([&](LoadedModel loaded) {
        loaded.name = model;
        return loaded;
    });
}

Result<LoadedModel> loadModel(const std::string& model, const Shape& input, const std::string& weightsFile)
{
    const auto architecture = findArchitecture(model);
    if (!architecture)
        return tl::unexpected(architecture.error());
    const auto file = readSafetensors(weightsFile);
    if (!file)
        return tl::unexpected(file.error());
    return loadWith(**architecture, input, weightsFile, *file, shapesOf(file->tensors));
}

} // namespace lathe
