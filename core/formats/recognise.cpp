#include "core/formats/recognise.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace lathe {

namespace {

using Shapes = std::unordered_map<std::string, const Shape*>;

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

Result<Graph> buildAt(const Architecture& architecture, const Shape& input, const NamedWeights& weights)
{
    Result<Graph> graph = architecture.build({input, 0});
    if (graph && architecture.defaultClasses > 0) {
        const std::int64_t classes = classesOf(*graph, weights.shapes);
        if (classes != 0 && classes != graph->outputShape().front())
            graph = architecture.build({input, classes});
    }
    if (!graph || weights.renamed.convention.isCatalogues())
        return graph;
    return adapted(*graph, weights.renamed.convention);
}

/// The inputs at which its weights may have been trained: some parameters have an extent for each patch.
std::vector<Shape> inputsOf(const Architecture& architecture, const Shape& wanted)
{
    std::vector<Shape> inputs{wanted.empty() ? architecture.defaultInput : wanted, architecture.defaultInput};
    for (const PublishedWeights& published : architecture.published)
        inputs.push_back({3, published.crop, published.crop});
    std::vector<Shape> once;
    for (Shape& input : inputs)
        if (std::find(once.begin(), once.end(), input) == once.end())
            once.push_back(std::move(input));
    return once;
}

/// Whether the file has all of them, in whatever shape.
bool hasNames(const Graph& graph, const Shapes& shapes)
{
    return std::all_of(graph.parameters().begin(), graph.parameters().end(),
                       [&](const Parameter& p) { return !p.trainable || shapes.contains(p.name); });
}

/// At the wanted input, or the first that fits; nothing if the file is not one of that architecture's.
std::optional<Recognised> fitting(const Architecture& architecture, const Shape& wanted, const NamedWeights& weights)
{
    const Result<Graph> usual = architecture.build({});
    if (!usual || (weights.renamed.convention.hasClassifier && !hasNames(*usual, weights.shapes)))
        return std::nullopt;
    for (const Shape& input : inputsOf(architecture, wanted)) {
        const Result<Graph> graph = buildAt(architecture, input, weights);
        if (graph && fits(*graph, weights.shapes))
            return Recognised{&architecture, wanted.empty() ? input : wanted};
    }
    return std::nullopt;
}

} // namespace

NamedWeights underCatalogueNames(WeightFile file, const std::string& path)
{
    NamedWeights weights{path,
                         std::move(file.metadata),
                         withCatalogueNames(std::move(file.tensors), std::filesystem::path(path).parent_path()),
                         {}};
    for (const NamedTensor& entry : weights.renamed.tensors)
        weights.shapes.emplace(entry.name, &entry.tensor.shape);
    return weights;
}

Result<Recognised> recognise(const Shape& wanted, const NamedWeights& weights)
{
    if (const auto named = weights.metadata.find("architecture"); named != weights.metadata.end()) {
        const auto found = findArchitecture(named->second);
        if (!found)
            return fail(found.error().code, fmt::format("{} says that it belongs to another architecture than those "
                                                        "known here: {}",
                                                        weights.path, found.error().message));
        return recogniseAs(**found, wanted, weights);
    }
    for (const Architecture& architecture : catalogue())
        if (const auto recognised = fitting(architecture, wanted, weights))
            return *recognised;
    return fail(
        ErrorCode::BadFile,
        fmt::format("{} fits none of the known architectures (\"lathe list\" names them): its tensors have other names "
                    "or shapes than theirs.",
                    weights.path));
}

Recognised recogniseAs(const Architecture& architecture, const Shape& wanted, const NamedWeights& weights)
{
    return fitting(architecture, wanted, weights).value_or(Recognised{&architecture, wanted});
}

Result<Graph> buildFor(const Recognised& recognised, const NamedWeights& weights)
{
    return buildAt(*recognised.architecture, recognised.input, weights);
}

} // namespace lathe
