#include "core/formats/torchscript.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <random>
#include <unordered_map>

#include <fmt/format.h>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/engine/weights.h"
#include "core/formats/script_rehearsal.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

const Shape kUsualInput{3, 224, 224};
constexpr std::int64_t kProofBatch = 2;
constexpr double kTolerance = 1e-3; ///< of the output's standard deviation

bool sameTensors(const Graph& a, const Graph& b)
{
    std::unordered_map<std::string_view, const Shape*> shapes;
    for (const Parameter& p : a.parameters())
        shapes.emplace(p.name, &p.shape);
    const auto isIn = [&](const Parameter& p) {
        const auto found = shapes.find(p.name);
        return found == shapes.end() ? p.derived() : *found->second == p.shape;
    };
    return a.parameters().size() <= b.parameters().size() &&
           std::all_of(b.parameters().begin(), b.parameters().end(), isIn);
}

/// The architecture with the same tensors and the same work; its number of classes may differ from the default.
const Architecture* architectureOf(const Graph& graph)
{
    const GraphCost own = cost(graph);
    for (const Architecture& architecture : catalogue()) {
        if (architecture.vocabulary > 0 || graph.outputShape().size() != 1)
            continue;
        const Result<Graph> known = architecture.build({graph.inputShape(), graph.outputShape().front()});
        if (!known || !sameTensors(graph, *known))
            continue;
        if (const GraphCost theirs = cost(*known); theirs.macs == own.macs && theirs.parameters == own.parameters)
            return &architecture;
    }
    return nullptr;
}

bool mentions(const OperationCount& count, std::string_view part)
{
    return std::any_of(count.operations.begin(), count.operations.end(),
                       [&](const OperationCall& call) { return call.name.find(part) != std::string::npos; });
}

std::int64_t convolutionMacs(const OperationCount& count)
{
    std::int64_t macs = 0;
    for (const OperationCall& call : count.operations)
        macs += call.name.find("convolution") != std::string::npos ? call.macs : 0;
    return macs;
}

/// By what most of its work is: convolutions, or else attention (a softmax between products), or neither.
ArchitectureType typeOf(const OperationCount& count)
{
    if (2 * convolutionMacs(count) >= count.macs)
        return ArchitectureType::Cnn;
    const bool attends = mentions(count, "attention") || mentions(count, "_softmax");
    return attends ? ArchitectureType::Vit : ArchitectureType::Mlp;
}

HostTensor randomImages(const Shape& input)
{
    Shape shape{kProofBatch};
    shape.insert(shape.end(), input.begin(), input.end());
    WritableTensor made = makeTensor(DType::Float32, shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    std::mt19937_64 random(1);
    std::normal_distribution<float> normal;
    std::generate(out, out + elementCount(shape), [&] { return normal(random); });
    return made.tensor;
}

Result<HostTensor> outputOf(Backend& backend, const Graph& graph, const StateDict& weights, const HostTensor& x)
{
    return backend.prepare(graph, weights, Mode::Eager).and_then([&](const std::unique_ptr<Network>& network) {
        return network->infer(x);
    });
}

bool isSame(const HostTensor& a, const HostTensor& b)
{
    const auto count = static_cast<std::size_t>(elementCount(a.shape));
    if (a.shape != b.shape || count == 0)
        return false;
    const std::vector<double> values(a.floats(), a.floats() + count);
    double mean = 0.0;
    for (const double value : values)
        mean += value / static_cast<double>(count);
    double variance = 0.0;
    double furthest = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        variance += (values[i] - mean) * (values[i] - mean) / static_cast<double>(count);
        furthest = std::max(furthest, std::abs(values[i] - b.floats()[i]));
    }
    return furthest <= kTolerance * std::sqrt(variance);
}

/// A program whose own operations are no Graph's may still be a network that the catalogue has: its graph is taken if
/// it gives the program's output with the program's weights.
void unseal(Backend& backend, const Architecture& architecture, ScriptModel& model)
{
    const Result<Graph> known = architecture.build({model.graph.inputShape(), model.graph.outputShape().front()});
    if (!known)
        return;
    Result<StateDict> weights = matchWeights(*known, model.weights);
    const HostTensor x = randomImages(known->inputShape());
    const Result<HostTensor> wanted = outputOf(backend, model.graph, model.weights, x);
    if (!weights || !wanted)
        return;
    const Result<HostTensor> got = outputOf(backend, *known, *weights, x);
    if (!got || !isSame(*wanted, *got))
        return;
    model.graph = *known;
    model.weights = *std::move(weights);
    model.sealed.clear();
}

std::vector<std::string> notesOf(const ScriptModel& model)
{
    if (model.sealed.empty())
        return {};
    return {fmt::format("It is sealed, which is to say that it runs as one piece, for {}.", model.sealed),
            "It can be timed, counted and compared in eager mode on the CPU.",
            "It has no layers to show, and its weights cannot be exported or brought into another form.",
            "Its MACs are those of the operations that ran, without a second count to compare them with."};
}

LoadedModel loaded(Backend& backend, const std::string& path, ScriptModel model)
{
    const Architecture* architecture = architectureOf(model.graph);
    if (architecture != nullptr && model.graph.isSealed())
        unseal(backend, *architecture, model);
    LoadedModel loaded;
    loaded.name = path;
    loaded.userDefined = true;
    loaded.family = architecture != nullptr ? architecture->family : "TorchScript";
    loaded.type = name(architecture != nullptr ? architecture->type : typeOf(model.count));
    loaded.notes = notesOf(model);
    loaded.graph = std::move(model.graph);
    loaded.weights = std::move(model.weights);
    std::error_code error;
    loaded.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    return loaded;
}

} // namespace

Result<LoadedModel> loadTorchScript(const std::string& path, const Shape& input)
{
    const Shape& at = input.empty() ? kUsualInput : input;
    if (const auto harmless = rehearseScript(path, at); !harmless)
        return tl::unexpected(harmless.error());
    return loadBackend().and_then([&](Backend* backend) {
        return backend->readTorchScript(path, at).map(
            [&](ScriptModel model) { return loaded(*backend, path, std::move(model)); });
    });
}

Result<void> refuseSealed(const Graph& graph, const std::string& what)
{
    if (!graph.isSealed())
        return {};
    return fail(ErrorCode::Unsupported,
                fmt::format("{} is a sealed TorchScript program; {} needs a model whose layers are known.",
                            graph.name(), what));
}

} // namespace lathe
