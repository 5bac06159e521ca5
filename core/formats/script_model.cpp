#include "core/formats/script_model.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "core/engine/backend.h"
#include "core/formats/recognise.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

const Shape kUsualInput{3, 224, 224};
constexpr double kSameMacs = 0.005;

/// MACs of the calls whose name holds one of these words, as a share of all.
double shareOf(const OperationCount& count, std::initializer_list<std::string_view> words)
{
    std::int64_t macs = 0;
    for (const OperationCall& call : count.operations)
        if (std::any_of(words.begin(), words.end(),
                        [&](std::string_view word) { return call.name.find(word) != std::string::npos; }))
            macs += call.macs;
    return count.macs > 0 ? static_cast<double>(macs) / static_cast<double>(count.macs) : 0.0;
}

bool runs(const OperationCount& count, std::string_view word)
{
    return std::any_of(count.operations.begin(), count.operations.end(),
                       [&](const OperationCall& call) { return call.name.find(word) != std::string::npos; });
}

ArchitectureType typeOf(const OperationCount& count)
{
    const bool attends = runs(count, "attention") || runs(count, "softmax");
    if (shareOf(count, {"conv"}) > 0.5)
        return attends ? ArchitectureType::Hybrid : ArchitectureType::Cnn;
    return attends ? ArchitectureType::Vit : ArchitectureType::Mlp;
}

/// Names of the operations that have parameters, in the order they run: the rest may be written in several ways.
std::vector<std::string_view> modulesOf(const Graph& graph)
{
    std::vector<std::string_view> names;
    for (const Node& node : graph.nodes())
        if (!node.parameters.empty())
            names.push_back(operationName(node.operation));
    return names;
}

bool sameMacs(std::int64_t a, std::int64_t b)
{
    return std::abs(static_cast<double>(a - b)) <= kSameMacs * static_cast<double>(std::max(a, b));
}

/// The catalogue's architecture with the same tensors, MACs and, where the program has layers, modules.
const Architecture* architectureOf(const ScriptModel& script)
{
    const NamedWeights weights = underCatalogueNames({script.weights, {}}, script.graph.name());
    const Shape& input = script.graph.inputShape();
    const Result<Recognised> found = recognise(input, weights);
    const Result<Graph> ours = found ? buildFor(*found, weights) : tl::unexpected(found.error());
    if (!ours || !sameMacs(cost(*ours).macs, script.count.macs))
        return nullptr;
    return script.sealed.empty() && modulesOf(*ours) != modulesOf(script.graph) ? nullptr : found->architecture;
}

std::string sealedNote(const std::string& path, const std::string& reason)
{
    return fmt::format(
        "{} is run as one sealed program, since {}: it can be timed, counted and compared; it has no "
        "layers to look at, runs in eager mode alone, and cannot be changed or written in another format.",
        std::filesystem::path(path).filename().string(), reason);
}

LoadedModel describe(ScriptModel script, const std::string& path)
{
    LoadedModel loaded;
    const Architecture* known = architectureOf(script);
    loaded.name = script.graph.name();
    loaded.family = known != nullptr ? known->family : "TorchScript";
    loaded.type = name(known != nullptr ? known->type : typeOf(script.count));
    loaded.userDefined = true;
    if (!script.sealed.empty())
        loaded.notes.push_back(sealedNote(path, script.sealed));
    loaded.graph = std::move(script.graph);
    loaded.weights = std::move(script.weights);
    std::error_code error;
    loaded.fileBytes = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    return loaded;
}

} // namespace

Result<LoadedModel> loadScript(const std::string& path, const Shape& input)
{
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    return (*backend)->readTorchScript(path, input.empty() ? kUsualInput : input).map([&](ScriptModel script) {
        return describe(std::move(script), path);
    });
}

} // namespace lathe
