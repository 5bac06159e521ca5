#include "core/quantization/mixed_precision.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/quantization/value_groups.h"

namespace lathe {

namespace {

std::size_t at(NodeId id)
{
    return static_cast<std::size_t>(id);
}

Result<ExactOutputs> exactOutputs(Backend& backend, const QuantizationOutcome& outcome, const Batches& batches)
{
    const auto network = backend.prepare(outcome.model.graph, outcome.exact, Mode::Eager);
    if (!network)
        return tl::unexpected(network.error());
    return outputsOf(**network, batches);
}

Result<OutputError> errorAgainst(Backend& backend, const QuantizationOutcome& outcome, const ExactOutputs& exact,
                                 const std::stop_token& stop)
{
    const LoadedModel& model = outcome.model;
    const auto network = backend.prepare(model.graph, model.weights, Mode::Simulated, "cpu", &*model.quantization);
    if (!network)
        return tl::unexpected(network.error());
    return outputError(**network, exact, stop);
}

/// Of a layer that has integers.
void choosePrecision(QuantizationOutcome& outcome, NodeId id, Precision precision)
{
    LayerQuantization& layer = outcome.model.quantization->layers[at(id)];
    if (precision != Precision::Float32 && precision != Precision::BFloat16) {
        layer.precision = precision;
        return;
    }
    layer = {precision, precision == Precision::Float32 ? kChosenReason : "", {}};
    for (const ParameterId parameter : outcome.model.graph.node(id).parameters) // a bias may have been corrected
        outcome.model.weights[at(parameter)] = outcome.exact[at(parameter)];
    HostTensor& weight = outcome.model.weights[at(outcome.model.graph.node(id).parameters.front())].tensor;
    if (precision == Precision::BFloat16)
        weight = asFloat32(toBFloat16(weight)).value();
}

} // namespace

std::vector<Precision> choicesFor(Precision given)
{
    switch (given) {
    case Precision::Int8:
    case Precision::Int8Dynamic:
        return {given, Precision::Int8Weights, Precision::BFloat16, Precision::Float32};
    case Precision::Int8Weights:
    case Precision::Int4Weights:
        return {given, Precision::BFloat16, Precision::Float32};
    case Precision::BFloat16:
    case Precision::Float32:
        break;
    }
    return {};
}

bool ErrorBudget::isKeptBy(const OutputError& error) const
{
    const auto changed = static_cast<double>(error.samples - error.agreeing);
    return error.sqnrDb() >= sqnrDb && 100.0 * changed <= points * static_cast<double>(error.samples);
}

QuantizationOutcome restrictedTo(const QuantizationOutcome& outcome, const std::set<NodeId>& layers)
{
    PrecisionChoice choice;
    for (const NodeId id : quantizedLayers(outcome))
        if (!layers.contains(id))
            choice[id] = Precision::Float32;
    return withPrecisions(outcome, choice);
}

QuantizationOutcome withPrecisions(const QuantizationOutcome& outcome, const PrecisionChoice& choice)
{
    QuantizationOutcome made{outcome.model, outcome.exact, {}};
    const Graph& graph = made.model.graph;
    Quantization& quantization = *made.model.quantization;
    std::vector<Precision> precisions;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        if (const auto chosen = choice.find(id); chosen != choice.end() && quantization.layers[at(id)].weight)
            choosePrecision(made, id, chosen->second);
        precisions.push_back(quantization.layers[at(id)].precision);
    }
    const auto groups = valueGroups(graph, lower(graph), precisions);
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (!groups[i])
            quantization.values[i].reset();
    made.model.fileBytes = savedBytes(made.model);
    return made;
}

Result<OutputError> outputError(Backend& backend, const QuantizationOutcome& outcome, const Batches& batches,
                                const std::stop_token& stop)
{
    return exactOutputs(backend, outcome, batches).and_then([&](const ExactOutputs& exact) {
        return errorAgainst(backend, outcome, exact, stop);
    });
}

Result<std::vector<LayerSensitivity>> sensitivities(Backend& backend, const QuantizationOutcome& outcome,
                                                    const CalibrationData& data, const std::stop_token& stop,
                                                    const ProgressSink& progress)
{
    const auto exact = exactOutputs(backend, outcome, data());
    if (!exact)
        return tl::unexpected(exact.error());
    const std::vector<NodeId> layers = quantizedLayers(outcome);
    std::vector<LayerSensitivity> all;
    for (const NodeId id : layers) {
        if (progress)
            progress({static_cast<double>(all.size()) / static_cast<double>(layers.size()),
                      fmt::format("{} alone quantized", outcome.model.graph.node(id).name)});
        const auto error = errorAgainst(backend, restrictedTo(outcome, {id}), *exact, stop);
        if (!error)
            return tl::unexpected(error.error());
        all.push_back({id, *error});
    }
    return all;
}

Result<Suggestion> suggest(Backend& backend, const QuantizationOutcome& outcome, const CalibrationData& data,
                           const std::vector<LayerSensitivity>& sensitivities, const Savings& savings,
                           const ErrorBudget& budget, const std::stop_token& stop)
{
    const auto exact = exactOutputs(backend, outcome, data());
    if (!exact)
        return tl::unexpected(exact.error());
    std::map<NodeId, double> saved;
    for (const LayerSaving& layer : savings.layers)
        saved[layer.node] = layer.saved();
    struct Candidate {
        NodeId node;
        double noise;
        double saved;
    };
    std::vector<Candidate> candidates;
    double predicted = 0.0;
    for (const LayerSensitivity& layer : sensitivities) {
        candidates.push_back({layer.node, layer.error.noise, saved[layer.node]});
        predicted += layer.error.noise;
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
        if ((a.saved <= 0.0) != (b.saved <= 0.0))
            return a.saved <= 0.0;
        return a.saved <= 0.0 ? a.noise > b.noise : a.noise / a.saved > b.noise / b.saved;
    });
    std::set<NodeId> kept;
    for (const Candidate& candidate : candidates)
        kept.insert(candidate.node);

    Suggestion suggestion;
    double signal = 0.0;
    for (std::size_t next = 0;; ++next) {
        const bool isNearBudget =
            signal == 0.0 || 10.0 * std::log10(signal / std::max(predicted, 1e-300)) >= budget.sqnrDb;
        if (isNearBudget || next == candidates.size()) {
            const auto error = errorAgainst(backend, restrictedTo(outcome, kept), *exact, stop);
            if (!error)
                return tl::unexpected(error.error());
            suggestion.error = *error;
            signal = error->signal;
            suggestion.meetsBudget = budget.isKeptBy(*error);
        }
        if (suggestion.meetsBudget || next == candidates.size())
            return suggestion;
        kept.erase(candidates[next].node);
        predicted -= candidates[next].noise;
        suggestion.inFloat.push_back(candidates[next].node);
        suggestion.lostMs += std::max(0.0, candidates[next].saved);
    }
}

} // namespace lathe
