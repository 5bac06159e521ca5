#include "core/benchmark/as_run.h"

#include <algorithm>

#include "core/benchmark/environment.h"
#include "core/benchmark/instructions.h"
#include "core/compression/random_input.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

QuantizationOptions optionsOf(Mode mode)
{
    QuantizationOptions options;
    options.weights.bits = weightBitsFor(currentInstructionSets());
    options.activations.kind = ObserverKind::MinMax; // of random values nothing is an outlier
    if (mode == Mode::Int8Dynamic)
        options.scheme = Scheme::Dynamic;
    if (mode == Mode::Int8WeightOnly)
        options.scheme = Scheme::WeightOnly;
    return options;
}

bool has(const Quantization& quantization, Precision precision)
{
    return std::any_of(quantization.layers.begin(), quantization.layers.end(),
                       [precision](const LayerQuantization& layer) { return layer.precision == precision; });
}

} // namespace

Result<LoadedModel> asRun(Backend& backend, const LoadedModel& model, Mode mode, std::uint64_t seed)
{
    LoadedModel made = model;
    if (model.weights.empty()) {
        Result<StateDict> weights = backend.initialise(model.graph, seed);
        if (!weights)
            return tl::unexpected(weights.error());
        made.weights = *std::move(weights);
    }
    if (!needsQuantization(mode) || model.quantization)
        return made;
    auto quantized = quantizeAfterTraining(backend, made.graph, made.weights, optionsOf(mode), onceRandom(model.graph));
    if (!quantized)
        return tl::unexpected(quantized.error());
    makePermanent(made); // the integers are of the products
    made.graph = std::move(quantized->graph);
    made.weights = std::move(quantized->weights);
    made.quantization = std::move(quantized->quantization);
    return made;
}

Result<Mode> modeFor(std::string_view name, const LoadedModel& model)
{
    if (name != kUsualMode)
        return modeFromName(name);
    if (!model.quantization)
        return Mode::Eager;
    if (has(*model.quantization, Precision::Int8))
        return Mode::Int8;
    return has(*model.quantization, Precision::Int8Dynamic) ? Mode::Int8Dynamic : Mode::Int8WeightOnly;
}

std::string schemeOf(const LoadedModel& model)
{
    std::string scheme = pruningText(model);
    if (model.quantization)
        scheme += (scheme.empty() ? "" : ", ") + schemeText(*model.quantization);
    return scheme;
}

std::optional<std::string> saturationOf(const Quantization& quantization, const std::string& instructionSets)
{
    const auto computes = [](const LayerQuantization& layer) {
        return (layer.precision == Precision::Int8 || layer.precision == Precision::Int8Dynamic) && layer.weight &&
               layer.weight->bits > 7;
    };
    if (multipliesBytesExactly(instructionSets) ||
        std::none_of(quantization.layers.begin(), quantization.layers.end(), computes))
        return std::nullopt;
    return "Its weights use 8 bits, and this CPU, which has no VNNI, sums products of bytes in 16 bits, where they "
           "saturate: outputs may be wrong; quantize it again on this machine, where weights get 7 bits.";
}

std::vector<std::string> caveatsOf(Mode mode, const LoadedModel& model, const std::string& instructionSets)
{
    std::vector<std::string> caveats;
    if (const auto slow = slownessOf(mode, instructionSets))
        caveats.push_back(*slow);
    if (needsQuantization(mode) && model.quantization)
        if (const auto saturates = saturationOf(*model.quantization, instructionSets))
            caveats.push_back(*saturates);
    return caveats;
}

} // namespace lathe
