#include "core/formats/quantized_file.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/float_formats.h"
#include "core/engine/weights.h"
#include "core/formats/safetensors.h"

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;
constexpr int kHalfByteBits = 4;

std::size_t at(NodeId id)
{
    return static_cast<std::size_t>(id);
}

const std::string& weightName(const Graph& graph, NodeId node)
{
    return graph.parameter(graph.node(node).parameters.front()).name;
}

std::string scaleName(const std::string& weight)
{
    return weight + "_scale";
}

// Writing

Json layerJson(const LayerQuantization& layer)
{
    Json json{{"precision", std::string(name(layer.precision))}};
    if (!layer.reason.empty())
        json["reason"] = layer.reason;
    if (layer.weight) {
        json["bits"] = layer.weight->bits;
        json["granularity"] = std::string(name(layer.weight->granularity.kind));
        if (layer.weight->granularity.kind == Granularity::Kind::PerGroup)
            json["group_size"] = layer.weight->granularity.groupSize;
    }
    return json;
}

Json gridJson(const QuantizationParameters& grid)
{
    return {{"scale", grid.scale},
            {"zero_point", grid.zeroPoint},
            {"low", grid.integers.low},
            {"high", grid.integers.high}};
}

HostTensor halfBytes(const HostTensor& integers)
{
    const auto count = static_cast<std::size_t>(elementCount(integers.shape));
    const WritableTensor made = makeTensor(DType::UInt8, {static_cast<std::int64_t>((count + 1) / 2)});
    const auto* in = reinterpret_cast<const std::int8_t*>(integers.data.get());
    for (std::size_t i = 0; i < count; i += 2) {
        const unsigned low = static_cast<unsigned>(in[i]) & 0xFU;
        const unsigned high = i + 1 < count ? static_cast<unsigned>(in[i + 1]) & 0xFU : 0U;
        made.bytes[i / 2] = static_cast<std::byte>(low | high << 4U);
    }
    return made.tensor;
}

HostTensor floatTensor(const std::vector<float>& values)
{
    const WritableTensor made = makeTensor(DType::Float32, {static_cast<std::int64_t>(values.size())});
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    return made.tensor;
}

/// One that is on bfloat16's grid: nothing is lost.
void halve(HostTensor& weight)
{
    weight = toBFloat16(weight);
}

// Reading

class Reader {
public:
    Reader(const Graph& graph, const StateDict& tensors, const Json& json, const std::string& source)
        : m_graph(graph), m_tensors(tensors), m_json(json), m_source(source)
    {
    }

    Result<QuantizedModel> read()
    {
        m_model.graph = m_graph;
        m_model.quantization.values.resize(m_graph.nodes().size());
        for (NodeId id = 0; id < static_cast<NodeId>(m_graph.nodes().size()); ++id) {
            if (auto layer = readLayer(id); !layer)
                return tl::unexpected(layer.error());
            if (auto value = readValue(id); !value)
                return tl::unexpected(value.error());
        }
        auto weights = matchWeights(m_graph, unpackedTensors());
        if (!weights)
            return bad(weights.error().message);
        m_model.weights = *std::move(weights);
        return std::move(m_model);
    }

private:
    tl::unexpected<Error> bad(const std::string& what) const
    {
        return fail(ErrorCode::BadFile, fmt::format("{}: {}", m_source, what));
    }

    const HostTensor* find(const std::string& name) const
    {
        const auto found = std::find_if(m_tensors.begin(), m_tensors.end(),
                                        [&](const NamedTensor& tensor) { return tensor.name == name; });
        return found != m_tensors.end() ? &found->tensor : nullptr;
    }

    const Json* entry(const char* member, NodeId id) const
    {
        const auto all = m_json.find(member);
        if (all == m_json.end() || !all->is_object())
            return nullptr;
        const auto found = all->find(m_graph.node(id).name);
        return found != all->end() && found->is_object() ? &*found : nullptr;
    }

    Result<void> readLayer(NodeId id)
    {
        LayerQuantization& layer = m_model.quantization.layers.emplace_back();
        const Json* json = entry("layers", id);
        if (json == nullptr)
            return {};
        const auto precision = precisionFromName(json->value("precision", ""));
        if (!precision)
            return bad(precision.error().message);
        layer.precision = *precision;
        layer.reason = json->value("reason", "");
        const bool isFloat = layer.precision == Precision::Float32 || layer.precision == Precision::BFloat16;
        return isFloat ? Result<void>() : readWeight(id, *json);
    }

    Result<void> readWeight(NodeId id, const Json& json)
    {
        const Node& node = m_graph.node(id);
        const bool hasWeight =
            std::holds_alternative<op::Conv2d>(node.operation) || std::holds_alternative<op::Linear>(node.operation);
        if (!hasWeight)
            return bad(fmt::format("layer {} has no weight that could be quantized.", node.name));
        const std::string& name = weightName(m_graph, id);
        const HostTensor* integers = find(name);
        const HostTensor* scales = find(scaleName(name));
        if (integers == nullptr || scales == nullptr)
            return bad(
                fmt::format("the weight or the scales of {} are missing; quantize the network again.", node.name));
        QuantizedWeight weight;
        weight.bits = json.value("bits", 8);
        const auto kind = granularityFromName(json.value("granularity", ""));
        if (!kind)
            return bad(kind.error().message);
        weight.granularity = {*kind, 0, json.value("group_size", std::int64_t{32})};
        const Shape& shape = m_graph.parameter(node.parameters.front()).shape;
        const bool isPacked = integers->dtype == DType::UInt8;
        const Shape stored = isPacked ? Shape{(elementCount(shape) + 1) / 2} : shape;
        if (integers->shape != stored || (!isPacked && integers->dtype != DType::Int8) ||
            (isPacked && weight.bits > kHalfByteBits))
            return bad(fmt::format("the integers of {} are not of its shape; quantize the network again.", node.name));
        weight.integers = isPacked ? unpacked(*integers, shape) : *integers;
        return readScales(weight, *scales, node).map([&] {
            m_model.quantization.layers.back().weight = std::move(weight);
        });
    }

    Result<void> readScales(QuantizedWeight& weight, const HostTensor& scales, const Node& node) const
    {
        const auto partition = Partition::make(weight.integers.shape, weight.granularity);
        if (!partition)
            return bad(partition.error().message);
        if (scales.dtype != DType::Float32 || scales.shape != Shape{partition->parts()})
            return bad(
                fmt::format("the scales of {} are not one for each of its {} parts.", node.name, partition->parts()));
        weight.scales.assign(scales.floats(), scales.floats() + partition->parts());
        const bool areSound =
            std::all_of(weight.scales.begin(), weight.scales.end(), [](float s) { return std::isnormal(s) && s > 0; });
        return areSound ? Result<void>() : bad(fmt::format("a scale of {} is no number above 0.", node.name));
    }

    static HostTensor unpacked(const HostTensor& packed, const Shape& shape)
    {
        const WritableTensor made = makeTensor(DType::Int8, shape);
        const auto count = static_cast<std::size_t>(elementCount(shape));
        for (std::size_t i = 0; i < count; ++i) {
            const auto byte = static_cast<unsigned>(packed.data.get()[i / 2]);
            const int half = static_cast<int>(i % 2 == 0 ? byte & 0xFU : byte >> 4U);
            made.bytes[i] = static_cast<std::byte>(half >= 8 ? half - 16 : half);
        }
        return made.tensor;
    }

    Result<void> readValue(NodeId id)
    {
        const Json* json = entry("values", id);
        if (json == nullptr)
            return {};
        QuantizationParameters grid;
        grid.scale = json->value("scale", 0.0F);
        grid.zeroPoint = json->value("zero_point", 0);
        grid.integers = {json->value("low", 0), json->value("high", 0)};
        const IntegerRange& r = grid.integers;
        const bool fits = (r.low >= 0 && r.high <= 255) || (r.low >= -128 && r.high <= 127);
        if (!std::isnormal(grid.scale) || grid.scale < 0 || !fits || r.low >= r.high || grid.zeroPoint < r.low ||
            grid.zeroPoint > r.high)
            return bad(fmt::format("the grid of {}'s values is none of 8 bits.", m_graph.node(id).name));
        m_model.quantization.values[at(id)] = grid;
        return {};
    }

    static void widen(StateDict& tensors, const std::string& name)
    {
        for (NamedTensor& tensor : tensors)
            if (tensor.name == name)
                tensor.tensor = asFloat32(tensor.tensor).value_or(tensor.tensor);
    }

    /// The file's tensors with the rounded weights in place of their integers, and without the scales.
    StateDict unpackedTensors() const
    {
        StateDict all = m_tensors;
        for (NodeId id = 0; id < static_cast<NodeId>(m_graph.nodes().size()); ++id) {
            const LayerQuantization& layer = m_model.quantization.layer(id);
            const auto& weight = layer.weight;
            if (layer.precision == Precision::BFloat16)
                widen(all, weightName(m_graph, id));
            if (!weight)
                continue;
            const std::string& name = weightName(m_graph, id);
            std::erase_if(all, [&](const NamedTensor& tensor) { return tensor.name == scaleName(name); });
            for (NamedTensor& tensor : all)
                if (tensor.name == name)
                    tensor.tensor = weight->dequantized();
        }
        return all;
    }

    const Graph& m_graph;
    const StateDict& m_tensors;
    const Json& m_json;
    const std::string& m_source;
    QuantizedModel m_model;
};

} // namespace

std::string quantizationToJson(const Graph& graph, const Quantization& quantization)
{
    Json layers = Json::object();
    Json values = Json::object();
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const LayerQuantization& layer = quantization.layer(id);
        if (layer.precision != Precision::Float32 || !layer.reason.empty())
            layers[graph.node(id).name] = layerJson(layer);
        if (const auto& grid = quantization.values[at(id)])
            values[graph.node(id).name] = gridJson(*grid);
    }
    return Json{{"version", kFormatVersion}, {"layers", layers}, {"values", values}}.dump();
}

StateDict packedWeights(const Graph& graph, const StateDict& weights, const Quantization& quantization)
{
    StateDict packed = weights;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const auto& weight = quantization.layer(id).weight;
        if (quantization.layer(id).precision == Precision::BFloat16)
            halve(packed[static_cast<std::size_t>(graph.node(id).parameters.front())].tensor);
        if (!weight)
            continue;
        const ParameterId parameter = graph.node(id).parameters.front();
        packed[static_cast<std::size_t>(parameter)].tensor =
            weight->bits <= kHalfByteBits ? halfBytes(weight->integers) : weight->integers;
        packed.push_back({scaleName(weightName(graph, id)), floatTensor(weight->scales)});
    }
    return packed;
}

Result<QuantizedModel> quantizedModelFrom(const Graph& graph, const StateDict& tensors, const std::string& json,
                                          const std::string& source)
{
    const Json document = Json::parse(json, nullptr, false);
    if (!document.is_object())
        return fail(ErrorCode::BadFile, fmt::format("{}: what it says of its quantization is no JSON object.", source));
    try {
        if (document.value("version", 0) > kFormatVersion)
            return fail(ErrorCode::BadFile,
                        fmt::format("{} was quantized by a newer Lathe; open it with that one.", source));
        return Reader(graph, tensors, document, source).read();
    } catch (const Json::exception&) { // a value of another type
        return fail(
            ErrorCode::BadFile,
            fmt::format("{}: what it says of its quantization is damaged; quantize the network again.", source));
    }
}

} // namespace lathe
