#include "core/quantization/tensor_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/base/words.h"
#include "core/compression/random_input.h"
#include "core/quantization/affine.h"

namespace lathe {

namespace {

constexpr double kLeastSpread = 0.1;
constexpr std::int64_t kForSums = 1000000;
constexpr std::size_t kQuoted = 40;
constexpr std::string_view kBetween = ", \t\r\n";

double spreadOf(std::int64_t channel, std::int64_t channels)
{
    return channels < 2 ? 1.0
                        : std::pow(kLeastSpread, static_cast<double>(channel) / static_cast<double>(channels - 1));
}

HostTensor tensorOf(const std::vector<float>& values, Shape shape)
{
    WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    return made.tensor;
}

Result<float> numberOf(std::string_view text)
{
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const auto number = static_cast<float>(value);
    if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number))
        return number;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("\"{}\" is no finite number; write numbers like 0.5, -2, 1e-3 with commas between them, "
                            "and a semicolon before each further channel.",
                            shortened(printable(text), kQuoted)));
}

Result<std::vector<float>> parseChannel(std::string_view text)
{
    std::vector<float> values;
    for (std::size_t begin = text.find_first_not_of(kBetween); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kBetween, begin), text.size());
        const Result<float> value = numberOf(text.substr(begin, end - begin));
        if (!value)
            return tl::unexpected(value.error());
        values.push_back(*value);
        begin = text.find_first_not_of(kBetween, end);
    }
    return values;
}

struct Layer {
    NodeId id = 0;
    std::optional<ParameterId> weight;
};

std::optional<ParameterId> weightOf(const Graph& graph, const Node& node)
{
    for (const ParameterId id : node.parameters)
        if (graph.parameter(id).trainable)
            return id;
    return std::nullopt;
}

Result<Layer> findLayer(const LoadedModel& model, const std::string& name)
{
    const std::vector<Node>& nodes = model.graph.nodes();
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == name; });
    if (found == nodes.end())
        return fail(ErrorCode::NotFound, fmt::format("{} has no layer \"{}\"; lathe describe {} --layers lists them.",
                                                     model.name, shortened(printable(name), kQuoted), model.name));
    return Layer{static_cast<NodeId>(found - nodes.begin()), weightOf(model.graph, *found)};
}

/// The model's own, or first ones from the seed.
Result<StateDict> weightsOf(Backend& backend, const LoadedModel& model, std::uint64_t seed, TensorValues& told)
{
    told.notes = model.notes;
    if (!model.weights.empty() || model.graph.isSealed())
        return model.weights;
    told.notes.push_back(fmt::format("These weights are not trained: they were drawn, with seed {}, as {} is "
                                     "initialised. Choose a model file to see trained ones.",
                                     seed, model.name));
    return backend.initialise(model.graph, seed);
}

/// Images and their features have channels behind the batch, all else at the end.
std::int64_t channelAxisOf(const Shape& shape)
{
    return shape.size() == 4 ? 1 : std::max<std::int64_t>(std::ssize(shape) - 1, 0);
}

Result<TensorValues> withFloats(TensorValues values, const HostTensor& tensor)
{
    Result<HostTensor> floats = asFloat32(tensor);
    if (!floats)
        return tl::unexpected(floats.error());
    values.tensor = *std::move(floats);
    return values;
}

Result<TensorValues> weightValues(const LoadedModel& model, const StateDict& weights, const Layer& layer,
                                  TensorValues told)
{
    const std::string& parameter = model.graph.parameter(*layer.weight).name;
    const auto entry =
        std::find_if(weights.begin(), weights.end(), [&](const NamedTensor& each) { return each.name == parameter; });
    if (entry == weights.end())
        return fail(ErrorCode::BadFile,
                    fmt::format("Tensor \"{}\" of {} is missing from the file.", parameter, model.name));
    told.what = fmt::format("weights of {} of {}", model.graph.node(layer.id).name, model.name);
    return withFloats(std::move(told), entry->tensor);
}

Result<TensorValues> activationsOf(Backend& backend, const LoadedModel& model, const StateDict& weights,
                                   const Layer& layer, const LayerRequest& request, TensorValues told)
{
    const auto network = backend.prepare(model.graph, weights, Mode::Eager);
    if (!network)
        return tl::unexpected(network.error());
    const auto outputs = inferNodes(**network, randomInput(model.graph, request.batch, request.seed), {layer.id});
    if (!outputs)
        return tl::unexpected(outputs.error());
    told.what = fmt::format("activations of {} of {}", request.layer, model.name);
    told.notes.push_back(fmt::format("The network ran on {} random {} (seed {}), not on real data.", request.batch,
                                     model.graph.vocabulary() > 0 ? "sequences of tokens" : "inputs of normal values",
                                     request.seed));
    told.channelAxis = channelAxisOf(outputs->front().shape);
    return withFloats(std::move(told), outputs->front());
}

} // namespace

std::span<const float> TensorValues::values() const
{
    return {tensor.floats(), static_cast<std::size_t>(elementCount(tensor.shape))};
}

TensorValues drawnValues(Distribution distribution, std::int64_t channels, std::int64_t samples, std::uint64_t seed)
{
    std::vector<float> values = drawSamples(distribution, static_cast<std::size_t>(channels * samples), seed);
    for (std::int64_t i = 0; i < channels * samples; ++i)
        values[static_cast<std::size_t>(i)] *= static_cast<float>(spreadOf(i / samples, channels));
    TensorValues drawn{
        fmt::format("{} samples of a {} distribution, seed {}", channels * samples, name(distribution), seed),
        tensorOf(values, channels == 1 ? Shape{samples} : Shape{channels, samples}),
        0,
        {}};
    if (channels > 1)
        drawn.notes.push_back(fmt::format("The {} channels' standard deviations go from 1 down to {}, as channels of a "
                                          "trained layer differ.",
                                          channels, kLeastSpread));
    return drawn;
}

std::int64_t samplesForSums(std::int64_t channels, std::int64_t samples)
{
    return std::max(samples, kForSums / channels);
}

Result<TensorValues> parsedValues(std::string_view text)
{
    std::vector<float> values;
    std::int64_t channels = 0;
    std::size_t length = 0;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(';', begin), text.size());
        const Result<std::vector<float>> channel = parseChannel(text.substr(begin, end - begin));
        if (!channel)
            return tl::unexpected(channel.error());
        length = channels == 0 ? channel->size() : length;
        if (channel->size() != length)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("Channel {} has {} numbers and the first has {}: all need as many.", channels + 1,
                                    channel->size(), length));
        values.insert(values.end(), channel->begin(), channel->end());
        ++channels;
        begin = end + 1;
    }
    if (values.empty())
        return fail(ErrorCode::InvalidArgument, "There are no numbers; write some like 0.5, -2, 1e-3.");
    const auto each = static_cast<std::int64_t>(length);
    return TensorValues{"numbers given", tensorOf(values, channels == 1 ? Shape{each} : Shape{channels, each}), 0, {}};
}

std::vector<std::string> layersWithWeights(const Graph& graph)
{
    std::vector<std::string> names;
    for (const Node& node : graph.nodes())
        if (weightOf(graph, node))
            names.push_back(node.name);
    return names;
}

Result<TensorValues> layerValues(Backend& backend, const LoadedModel& model, const LayerRequest& request)
{
    const Result<Layer> layer = findLayer(model, request.layer);
    if (!layer)
        return tl::unexpected(layer.error());
    if (!request.activations && (!layer->weight || model.graph.isSealed()))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} of {} has no weights; choose another layer, or its activations.", request.layer,
                                model.name));
    TensorValues told;
    const Result<StateDict> weights = weightsOf(backend, model, request.seed, told);
    if (!weights)
        return tl::unexpected(weights.error());
    return request.activations ? activationsOf(backend, model, *weights, *layer, request, std::move(told))
                               : weightValues(model, *weights, *layer, std::move(told));
}

} // namespace lathe
