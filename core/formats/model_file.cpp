#include "core/formats/model_file.h"

#include <filesystem>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/engine/weights.h"
#include "core/formats/graph_json.h"
#include "core/formats/pruned_file.h"
#include "core/formats/quantized_file.h"
#include "core/formats/recognise.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch_writer.h"
#include "core/formats/torchscript.h"
#include "core/formats/weight_file.h"

namespace lathe {

namespace {

constexpr const char* kOriginMetadata = "lathe.origin";

bool looksLikeFile(const std::string& model)
{
    return model.find('/') != std::string::npos || std::filesystem::path(model).has_extension() || isThere(model);
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

Result<LoadedModel> addWeights(LoadedModel loaded, const std::string& path, const StateDict& tensors)
{
    Result<StateDict> weights = matchWeights(loaded.graph, tensors);
    if (!weights)
        return fail(weights.error().code, fmt::format("{}: {}", path, weights.error().message));
    loaded.weights = *std::move(weights);
    std::error_code error;
    loaded.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    return loaded;
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

Result<LoadedModel> loadRecognised(const Recognised& recognised, const NamedWeights& file)
{
    return buildFor(recognised, file).and_then([&](Graph graph) {
        LoadedModel loaded = describe(*recognised.architecture, std::move(graph));
        loaded.notes = file.renamed.notes;
        loaded.userDefined = !file.renamed.convention.isCatalogues();
        loaded.preprocessing = preprocessingIn(file.metadata);
        addInputNote(loaded, *recognised.architecture);
        return addWeights(std::move(loaded), file.path, file.renamed.tensors);
    });
}

Result<LoadedModel> addQuantized(LoadedModel loaded, const std::string& path, const WeightFile& file)
{
    auto model = quantizedModelFrom(loaded.graph, file.tensors, file.metadata.at(kQuantizationMetadata), path);
    if (!model)
        return tl::unexpected(model.error());
    loaded.quantization = std::move(model->quantization);
    return addWeights(std::move(loaded), path, model->weights);
}

/// With the graph that the file itself holds.
Result<LoadedModel> loadWhole(const std::string& path, const Shape& input, const WeightFile& file)
{
    return graphFromJson(file.metadata.at(kGraphMetadata), path, input).and_then([&](GraphFile graph) {
        LoadedModel loaded = describe(std::move(graph));
        loaded.preprocessing = preprocessingIn(file.metadata);
        return file.metadata.contains(kQuantizationMetadata) ? addQuantized(std::move(loaded), path, file)
                                                             : addWeights(std::move(loaded), path, file.tensors);
    });
}

/// A file's weights, and the masks that they had, which they have been multiplied by.
struct OpenedFile {
    WeightFile weights;
    std::optional<Pruning> pruning;
};

Result<OpenedFile> openWeights(const std::string& path)
{
    Result<WeightFile> file = readWeightFile(path);
    if (!file)
        return tl::unexpected(file.error());
    Result<std::optional<Pruning>> pruning = takeMasks(file->tensors, path);
    if (!pruning)
        return tl::unexpected(pruning.error());
    return OpenedFile{*std::move(file), *std::move(pruning)};
}

/// What a file says of how its network was made.
struct Making {
    std::string origin;
    std::string scheme;
    std::optional<Pruning> pruning;
};

Making makingOf(OpenedFile& file)
{
    const auto entry = [&](const char* key) {
        const auto found = file.weights.metadata.find(key);
        return found != file.weights.metadata.end() ? found->second : std::string();
    };
    return {entry(kOriginMetadata), entry(kPruningMetadata), std::move(file.pruning)};
}

Result<LoadedModel> made(Result<LoadedModel> loaded, Making making)
{
    if (loaded) {
        loaded->origin = std::move(making.origin);
        attachMasks(*loaded, std::move(making.pruning), making.scheme);
    }
    return loaded;
}

Result<LoadedModel> loadWeights(const std::string& path, const Shape& input)
{
    Result<OpenedFile> file = openWeights(path);
    if (!file)
        return tl::unexpected(file.error());
    Making making = makingOf(*file);
    if (file->weights.metadata.contains(kGraphMetadata))
        return made(loadWhole(path, input, file->weights), std::move(making));
    const NamedWeights weights = underCatalogueNames(std::move(file->weights), path);
    return made(
        recognise(input, weights).and_then([&](const Recognised& found) { return loadRecognised(found, weights); }),
        std::move(making));
}

Result<LoadedModel> loadGraph(const std::string& path, const Shape& input)
{
    return readGraphFile(path, input).map([](GraphFile file) { return describe(std::move(file)); });
}

bool isGraph(const std::string& path, FileKind kind)
{
    // One that is named so and damaged gets its answer from the reader of graphs.
    return kind == FileKind::Json || (kind == FileKind::Other && std::filesystem::path(path).extension() == ".json");
}

Result<LoadedModel> loadFile(const std::string& path, const Shape& input)
{
    const Result<FileKind> kind = fileKind(path);
    if (!kind)
        return tl::unexpected(kind.error());
    if (isGraph(path, *kind))
        return loadGraph(path, input);
    return *kind == FileKind::TorchScript ? loadTorchScript(path, input) : loadWeights(path, input);
}

/// A graph for the weights of another file; what has its own is refused.
Result<LoadedModel> loadGraphAlone(const std::string& path, const Shape& input)
{
    return fileKind(path).and_then([&](FileKind kind) -> Result<LoadedModel> {
        if (kind == FileKind::Other || isGraph(path, kind))
            return loadGraph(path, input);
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} has weights of its own; leave --weights out, or name an architecture.", path));
    });
}

Metadata metadataOf(const LoadedModel& model)
{
    const auto architecture = findArchitecture(model.graph.name());
    const bool isCatalogues = !model.quantization && !model.userDefined && architecture &&
                              (*architecture)->defaultInput == model.graph.inputShape();
    Metadata metadata = isCatalogues ? Metadata{{"architecture", model.graph.name()}}
                                     : Metadata{{kGraphMetadata, graphToJson(graphFileOf(model))}};
    if (model.quantization)
        metadata[kQuantizationMetadata] = quantizationToJson(model.graph, *model.quantization);
    if (const std::string scheme = model.pruning ? model.pruning->scheme : model.scheme; !scheme.empty())
        metadata[kPruningMetadata] = scheme;
    if (!model.origin.empty())
        metadata[kOriginMetadata] = model.origin;
    if (model.preprocessing)
        addTo(metadata, *model.preprocessing);
    return metadata;
}

StateDict storedTensors(const LoadedModel& model)
{
    return model.quantization ? packedWeights(model.graph, model.weights, *model.quantization)
                              : prunedTensors(model, DType::UInt8);
}

/// PyTorch's files have a place for tensors alone.
Result<void> saveAsTorch(const std::filesystem::path& path, const LoadedModel& model)
{
    const char* lost = model.quantization ? "grids of a quantized network" : "graph of a network of one's own";
    if (model.quantization || model.userDefined)
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} has no place for the {}; write a .safetensors file instead.", path.string(), lost));
    return writeTorchFile(path, prunedTensors(model, DType::Float32));
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
    return looksLikeFile(model) ? named(loadFile(model, input), model) : buildModel(model, {input, 0});
}

Result<LoadedModel> loadModel(const std::string& model, const Shape& input, const std::string& weightsFile)
{
    if (looksLikeFile(model))
        return named(loadGraphAlone(model, input).and_then([&](LoadedModel loaded) {
            return openWeights(weightsFile).and_then([&](OpenedFile file) {
                return made(addWeights(std::move(loaded), weightsFile, file.weights.tensors), makingOf(file));
            });
        }),
                     model);
    const auto architecture = findArchitecture(model);
    Result<OpenedFile> file = openWeights(weightsFile);
    if (!file || !architecture)
        return tl::unexpected(file ? architecture.error() : file.error());
    Making making = makingOf(*file);
    const NamedWeights weights = underCatalogueNames(std::move(file->weights), weightsFile);
    return made(loadRecognised(recogniseAs(**architecture, input, weights), weights), std::move(making));
}

Result<void> saveModel(const std::filesystem::path& path, const LoadedModel& model)
{
    if (isTorchName(path))
        return saveAsTorch(path, model);
    return writeSafetensors(path, storedTensors(model), metadataOf(model));
}

std::int64_t savedBytes(const LoadedModel& model)
{
    return safetensorsBytes(storedTensors(model), metadataOf(model));
}

std::int64_t storedBytes(const LoadedModel& model)
{
    std::int64_t bytes = 0;
    for (const NamedTensor& tensor : storedTensors(model))
        bytes += tensor.tensor.byteCount();
    return bytes;
}

GraphFile graphFileOf(const LoadedModel& model)
{
    return {model.graph, model.family, architectureTypeFromName(model.type).value_or(ArchitectureType::Cnn)};
}

} // namespace lathe
