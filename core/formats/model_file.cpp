#include "core/formats/model_file.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include <fmt/format.h>

#include "core/engine/weights.h"
#include "core/formats/safetensors.h"

namespace lathe {

namespace {

bool looksLikeFile(const std::string& model)
{
    return model.find('/') != std::string::npos || std::filesystem::path(model).has_extension() ||
           std::filesystem::exists(model);
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

bool isGraphFile(const std::string& model)
{
    return std::filesystem::path(model).extension() == ".json";
}

LoadedModel describe(GraphFile file)
{
    LoadedModel loaded;
    loaded.name = file.graph.name();
    loaded.family = std::move(file.family);
    loaded.type = name(file.type);
    loaded.graph = std::move(file.graph);
    loaded.userDefined = true;
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

Result<LoadedModel> addWeights(LoadedModel loaded, const std::string& path, const SafetensorsFile& file)
{
    Result<StateDict> weights = matchWeights(loaded.graph, file.tensors);
    if (!weights)
        return fail(weights.error().code, fmt::format("{}: {}", path, weights.error().message));
    loaded.weights = *std::move(weights);
    std::error_code error;
    loaded.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    return loaded;
}

Result<LoadedModel> loadWith(const Architecture& architecture, const Shape& input, const std::string& path,
                             const SafetensorsFile& file, const Shapes& shapes)
{
    return buildFor(architecture, input, shapes).and_then([&](Graph graph) {
        return addWeights(describe(architecture, std::move(graph)), path, file);
    });
}

/// With the graph that the file itself holds.
Result<LoadedModel> loadWhole(const std::string& path, const Shape& input, const SafetensorsFile& file)
{
    return graphFromJson(file.metadata.at(kGraphMetadata), path, input).and_then([&](GraphFile graph) {
        return addWeights(describe(std::move(graph)), path, file);
    });
}

Result<LoadedModel> named(Result<LoadedModel> loaded, const std::string& name)
{
    if (loaded)
        loaded->name = name;
    return loaded;
}

} // namespace

Result<LoadedModel> buildModel(const std::string& architecture, const BuildOptions& options)
{
    if (looksLikeFile(architecture))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is a file with classes of its own; their number can be chosen for architectures of "
                                "the catalogue alone.",
                                architecture));
    return findArchitecture(architecture).and_then([&](const Architecture* found) {
        return found->build(options).map([&](Graph graph) {
            LoadedModel loaded = describe(*found, std::move(graph));
            if (options.classes == 0 || options.classes == found->defaultClasses)
                addPublished(loaded, *found);
            return loaded;
        });
    });
}

Result<LoadedModel> loadModel(const std::string& model, const Shape& input)
{
    if (!looksLikeFile(model))
        return buildModel(model, {input, 0});
    if (isGraphFile(model))
        return named(readGraphFile(model, input).map([](GraphFile file) { return describe(std::move(file)); }), model);
    const auto file = readSafetensors(model);
    if (!file)
        return tl::unexpected(file.error());
    if (file->metadata.contains(kGraphMetadata))
        return named(loadWhole(model, input, *file), model);
    const Shapes shapes = shapesOf(file->tensors);
    const auto architecture = recognise(model, *file, shapes);
    if (!architecture)
        return tl::unexpected(architecture.error());
    return named(loadWith(**architecture, input, model, *file, shapes), model);
}

Result<LoadedModel> loadModel(const std::string& model, const Shape& input, const std::string& weightsFile)
{
    const auto file = readSafetensors(weightsFile);
    if (!file)
        return tl::unexpected(file.error());
    if (isGraphFile(model))
        return named(readGraphFile(model, input).and_then([&](GraphFile graph) {
            return addWeights(describe(std::move(graph)), weightsFile, *file);
        }),
                     model);
    const auto architecture = findArchitecture(model);
    if (!architecture)
        return tl::unexpected(architecture.error());
    return loadWith(**architecture, input, weightsFile, *file, shapesOf(file->tensors));
}

GraphFile graphFileOf(const LoadedModel& model)
{
    return {model.graph, model.family, architectureTypeFromName(model.type).value_or(ArchitectureType::Cnn)};
}

} // namespace lathe
