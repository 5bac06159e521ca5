#include "core/formats/model_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "core/architectures/catalogue.h"
#include "core/engine/weights.h"
#include "core/formats/huggingface.h"
#include "core/formats/weight_file.h"

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

/// A file's weights under the catalogue's names.
struct Weights {
    std::string path;
    std::map<std::string, std::string> metadata;
    RenamedWeights renamed;
    Shapes shapes; ///< of the renamed tensors
};

Result<Weights> readWeights(const std::string& path)
{
    return readWeightFile(path).map([&](WeightFile file) {
        Weights weights{path,
                        std::move(file.metadata),
                        withCatalogueNames(std::move(file.tensors), std::filesystem::path(path).parent_path()),
                        {}};
        for (const NamedTensor& entry : weights.renamed.tensors)
            weights.shapes.emplace(entry.name, &entry.tensor.shape);
        return weights;
    });
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

/// The architecture built for the file's number of classes, and as its convention has it.
Result<Graph> buildFor(const Architecture& architecture, const Shape& input, const Weights& weights)
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

struct Recognised {
    const Architecture* architecture = nullptr;
    Shape input;
};

/// Whether the file has all of them, in whatever shape.
bool hasNames(const Graph& graph, const Shapes& shapes)
{
    return std::all_of(graph.parameters().begin(), graph.parameters().end(),
                       [&](const Parameter& p) { return !p.trainable || shapes.contains(p.name); });
}

/// At the first input that fits; nothing if the file is not one of that architecture's.
std::optional<Recognised> recogniseAs(const Architecture& architecture, const Shape& wanted, const Weights& weights)
{
    const Result<Graph> usual = architecture.build({});
    const bool hasClassifier = weights.renamed.convention.hasClassifier;
    if (!usual || (hasClassifier && !hasNames(*usual, weights.shapes)))
        return std::nullopt;
    for (const Shape& input : inputsOf(architecture, wanted)) {
        const Result<Graph> graph = buildFor(architecture, input, weights);
        if (graph && fits(*graph, weights.shapes))
            return Recognised{&architecture, input};
    }
    return std::nullopt;
}

Result<Recognised> recognise(const Shape& wanted, const Weights& weights)
{
    if (const auto named = weights.metadata.find("architecture"); named != weights.metadata.end()) {
        const auto found = findArchitecture(named->second);
        if (!found)
            return fail(found.error().code, fmt::format("{} says that it belongs to another architecture than those "
                                                        "known here: {}",
                                                        weights.path, found.error().message));
        return recogniseAs(**found, wanted, weights).value_or(Recognised{*found, wanted});
    }
    for (const Architecture& architecture : catalogue())
        if (const auto recognised = recogniseAs(architecture, wanted, weights))
            return *recognised;
    return fail(
        ErrorCode::BadFile,
        fmt::format("{} fits none of the known architectures (\"lathe list\" names them): its tensors have other names "
                    "or shapes than theirs.",
                    weights.path));
}

/// torchvision's own weights of these two expect an input that was shifted and scaled once more, and the file does
/// not say whether it is one of those.
void addInputNote(LoadedModel& loaded, const Architecture& architecture)
{
    if (architecture.name == "googlenet" || architecture.name == "inception_v3")
        loaded.notes.push_back(fmt::format("The graph is torchvision's {} with transform_input=False; weights that "
                                           "torchvision publishes were trained with True, which a file does not say.",
                                           architecture.name));
}

Result<LoadedModel> loadWith(const Architecture& architecture, const Shape& input, const Weights& file)
{
    Result<Graph> graph = buildFor(architecture, input, file);
    if (!graph)
        return tl::unexpected(graph.error());
    Result<StateDict> weights = matchWeights(*graph, file.renamed.tensors);
    if (!weights)
        return fail(weights.error().code, fmt::format("{}: {}", file.path, weights.error().message));
    LoadedModel loaded = describe(architecture, *std::move(graph));
    loaded.weights = *std::move(weights);
    loaded.notes = file.renamed.notes;
    addInputNote(loaded, architecture);
    std::error_code error;
    loaded.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(file.path, error));
    return loaded;
}

Result<LoadedModel> loadByName(const std::string& name, const Shape& input)
{
    const auto architecture = findArchitecture(name);
    if (!architecture)
        return tl::unexpected(architecture.error());
    return (*architecture)->build({input, 0}).map([&](Graph graph) {
        LoadedModel loaded = describe(**architecture, std::move(graph));
        addPublished(loaded, **architecture);
        return loaded;
    });
}

Result<LoadedModel> loadWeights(const std::string& path, const Shape& input)
{
    const Result<Weights> file = readWeights(path);
    if (!file)
        return tl::unexpected(file.error());
    const Result<Recognised> found = recognise(input, *file);
    if (!found)
        return tl::unexpected(found.error());
    const Shape& at = input.empty() ? found->input : input;
    return loadWith(*found->architecture, at, *file).map([&](LoadedModel loaded) {
        loaded.name = path;
        return loaded;
    });
}

} // namespace

Result<LoadedModel> loadModel(const std::string& model, const Shape& input)
{
    return looksLikeFile(model) ? loadWeights(model, input) : loadByName(model, input);
}

Result<LoadedModel> loadModel(const std::string& model, const Shape& input, const std::string& weightsFile)
{
    const auto architecture = findArchitecture(model);
    if (!architecture)
        return tl::unexpected(architecture.error());
    const Result<Weights> file = readWeights(weightsFile);
    if (!file)
        return tl::unexpected(file.error());
    const auto recognised = recogniseAs(**architecture, input, *file);
    return loadWith(**architecture, input.empty() && recognised ? recognised->input : input, *file);
}

} // namespace lathe
