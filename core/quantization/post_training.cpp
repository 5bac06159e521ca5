#include "core/quantization/post_training.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/benchmark/instructions.h"
#include "core/lowering/folded_model.h"
#include "core/quantization/bias_correction.h"
#include "core/quantization/equalization.h"
#include "core/quantization/value_groups.h"

namespace lathe {

namespace {

struct SchemeRow {
    Scheme scheme;
    std::string_view name;
};

constexpr std::array kSchemes{SchemeRow{Scheme::Static, "static"}, SchemeRow{Scheme::Dynamic, "dynamic"},
                              SchemeRow{Scheme::WeightOnly, "weight-only"}};

std::size_t at(NodeId id)
{
    return static_cast<std::size_t>(id);
}

template <class T> bool is(const Node& node)
{
    return std::holds_alternative<T>(node.operation);
}

bool hasWeight(const Node& node)
{
    return is<op::Conv2d>(node) || is<op::Linear>(node);
}

/// Of a layer whose weights are quantized, and why it is not.
LayerQuantization layerOf(const Node& node, const QuantizationOptions& options)
{
    if (is<op::Embedding>(node))
        return {Precision::Float32, "a table that is looked up and not computed with", {}};
    if (is<op::BatchNorm2d>(node))
        return {Precision::Float32, "a batch norm without a layer before it to fold it into", {}};
    if (!hasWeight(node))
        return {Precision::Float32, node.parameters.empty() ? "" : "no matrix product", {}};
    if (const auto chosen = options.precisions.find(node.name); chosen != options.precisions.end())
        return {chosen->second, chosen->second == Precision::Float32 ? kChosenReason : "", {}};
    switch (options.scheme) {
    case Scheme::Static:
        return {Precision::Int8, "", {}};
    case Scheme::Dynamic:
        return is<op::Linear>(node)
                   ? LayerQuantization{Precision::Int8Dynamic, "", {}}
                   : LayerQuantization{Precision::Float32, "dynamic quantization is for linear layers", {}};
    case Scheme::WeightOnly:
        return {options.weights.bits > 4 ? Precision::Int8Weights : Precision::Int4Weights, "", {}};
    }
    return {};
}

/// A weight that several layers share would have to be on the grid of each.
bool sharesWeight(const Graph& graph, const Node& node)
{
    std::ptrdiff_t users = 0;
    for (const Node& other : graph.nodes())
        users += std::count(other.parameters.begin(), other.parameters.end(), node.parameters.front());
    return users > 1;
}

Result<void> checkNames(const Graph& graph, const QuantizationOptions& options)
{
    for (const auto& [name, precision] : options.precisions) {
        const auto named = [&name = name](const Node& node) { return node.name == name && hasWeight(node); };
        if (std::none_of(graph.nodes().begin(), graph.nodes().end(), named))
            return fail(
                ErrorCode::NotFound,
                fmt::format("{} has no convolution or linear layer \"{}\"; lathe describe {} --layers lists them.",
                            graph.name(), name, graph.name()));
        const bool isForScheme = precision == Precision::Int8          ? options.scheme == Scheme::Static
                                 : precision == Precision::Int8Dynamic ? options.scheme == Scheme::Dynamic
                                                                       : true;
        if (!isForScheme)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("The scheme {} has no layers in {}; choose another precision for {}.",
                                    lathe::name(options.scheme), lathe::name(precision), name));
    }
    return {};
}

void roundToBFloat16(QuantizedModel& model, const Node& node)
{
    HostTensor& weight = model.weights[at(node.parameters.front())].tensor;
    weight = asFloat32(toBFloat16(weight)).value();
}

/// The layers' precisions and rounded weights.
Result<void> quantizeLayers(QuantizedModel& model, const QuantizationOptions& options)
{
    for (const Node& node : model.graph.nodes()) {
        LayerQuantization& layer = model.quantization.layers.emplace_back(layerOf(node, options));
        if (layer.precision == Precision::BFloat16)
            roundToBFloat16(model, node);
        if (layer.precision == Precision::Float32 || layer.precision == Precision::BFloat16)
            continue;
        if (sharesWeight(model.graph, node)) {
            layer = {Precision::Float32, "another layer shares its weight", {}};
            continue;
        }
        HostTensor& weight = model.weights[at(node.parameters.front())].tensor;
        WeightOptions own = options.weights;
        if (layer.precision == Precision::Int4Weights)
            own.bits = std::min(own.bits, 4);
        Result<QuantizedWeight> rounded = quantizeWeight(weight, own);
        if (!rounded)
            return fail(rounded.error().code, fmt::format("{}: {}", node.name, rounded.error().message));
        weight = rounded->dequantized();
        layer.weight = *std::move(rounded);
    }
    const auto& layers = model.quantization.layers;
    if (std::all_of(layers.begin(), layers.end(), [](const auto& l) { return l.precision == Precision::Float32; }))
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} has no layer that this scheme quantizes; take another scheme.", model.graph.name()));
    return {};
}

std::vector<Precision> precisionsOf(const Quantization& quantization)
{
    std::vector<Precision> precisions;
    for (const LayerQuantization& layer : quantization.layers)
        precisions.push_back(layer.precision);
    return precisions;
}

/// Watches the values of a network in float and finds the grid of each group.
class Calibration {
public:
    Calibration(const FoldedModel& model, const std::vector<Precision>& precisions, const QuantizationOptions& options)
        : m_model(model),
          m_groups(valueGroups(model.graph, lower(model.graph), precisions)), m_format{8, options.signedActivations,
                                                                                       false}
    {
        for (NodeId id = 0; id < static_cast<NodeId>(m_groups.size()); ++id)
            if (m_groups[at(id)]) {
                m_watched.push_back(id);
                m_observers.try_emplace(*m_groups[at(id)], options.activations, m_format);
            }
    }

    Result<void> run(Backend& backend, const CalibrationData& data, const std::stop_token& stop,
                     const ProgressSink& progress)
    {
        if (m_watched.empty())
            return {};
        const auto network = backend.prepare(m_model.graph, m_model.weights, Mode::Eager);
        if (!network)
            return tl::unexpected(network.error());
        const Batches batches = data();
        for (int batch = 0;; ++batch) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "The calibration was stopped; nothing was quantized.");
            if (progress)
                progress({0.0, fmt::format("calibrating, batch {}", batch + 1)});
            const auto x = batches();
            if (!x)
                return {};
            if (const auto ran = watch(**network, *x); !ran)
                return ran;
        }
    }

    Result<std::vector<std::optional<QuantizationParameters>>> grids() const
    {
        std::unordered_map<std::size_t, QuantizationParameters> found;
        for (const auto& [group, observer] : m_observers) {
            const Result<ValueRange> range = observer.range();
            if (!range)
                return fail(range.error().code, fmt::format("The values of {} cannot be quantized: {}",
                                                            m_model.graph.nodes()[group].name, range.error().message));
            found.emplace(group, parametersFor(*range, m_format));
        }
        std::vector<std::optional<QuantizationParameters>> values(m_groups.size());
        for (const NodeId id : m_watched)
            values[at(id)] = found.at(*m_groups[at(id)]);
        return values;
    }

private:
    Result<void> watch(Network& network, const HostTensor& x)
    {
        return network.watch(x, m_watched, [this](NodeId id, const HostTensor& value) {
            m_observers.at(*m_groups[at(id)])
                .observe({value.floats(), static_cast<std::size_t>(elementCount(value.shape))});
            return std::optional<HostTensor>();
        });
    }

    const FoldedModel& m_model;
    std::vector<std::optional<std::size_t>> m_groups; ///< by node
    IntegerFormat m_format;
    std::vector<NodeId> m_watched;
    std::unordered_map<std::size_t, Observer> m_observers; ///< by group
};

} // namespace

int weightBitsFor(const std::string& instructionSets)
{
    return multipliesBytesExactly(instructionSets) ? 8 : 7;
}

std::string_view name(Scheme scheme)
{
    return std::find_if(kSchemes.begin(), kSchemes.end(), [&](const SchemeRow& row) { return row.scheme == scheme; })
        ->name;
}

Result<Scheme> schemeFromName(std::string_view name)
{
    const auto found =
        std::find_if(kSchemes.begin(), kSchemes.end(), [&](const SchemeRow& row) { return row.name == name; });
    if (found != kSchemes.end())
        return found->scheme;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no scheme \"{}\"; take static, dynamic or weight-only.", name));
}

Result<void> roundAgain(QuantizedModel& model)
{
    for (NodeId id = 0; id < static_cast<NodeId>(model.graph.nodes().size()); ++id) {
        auto& stored = model.quantization.layers[at(id)].weight;
        if (!stored)
            continue;
        HostTensor& weight = model.weights[at(model.graph.node(id).parameters.front())].tensor;
        Result<QuantizedWeight> rounded = quantizeWeight(weight, {stored->bits, stored->granularity, {}});
        if (!rounded)
            return tl::unexpected(rounded.error());
        weight = rounded->dequantized();
        stored = *std::move(rounded);
    }
    return {};
}

Result<QuantizedModel> quantizeAfterTraining(Backend& backend, const Graph& graph, const StateDict& weights,
                                             const QuantizationOptions& options, const CalibrationData& data,
                                             std::stop_token stop, const ProgressSink& progress)
{
    FoldedModel folded = foldConstants(graph, weights);
    if (options.equalizes)
        equalize(folded.graph, folded.weights);
    if (const auto known = checkNames(folded.graph, options); !known)
        return tl::unexpected(known.error());
    QuantizedModel model{folded.graph, folded.weights, {}, folded.weights};
    if (const auto done = quantizeLayers(model, options); !done)
        return tl::unexpected(done.error());
    Calibration calibration(folded, precisionsOf(model.quantization), options);
    if (const auto done = calibration.run(backend, data, stop, progress); !done)
        return tl::unexpected(done.error());
    auto values = calibration.grids();
    if (!values)
        return tl::unexpected(values.error());
    model.quantization.values = *std::move(values);
    if (!options.correctsBiases)
        return model;
    return correctBiases(backend, model, data, stop, progress).map([&](int) { return std::move(model); });
}

} // namespace lathe
