#include "core/engine/torch/fused/plan_builder.h"

#include <algorithm>

#include "core/engine/torch/fused/copy_step.h"
#include "core/quantization/value_groups.h"

namespace lathe::engine {

namespace {

Made copyStep(const Tensors& in, const Tensors& out, Workshop& workshop)
{
    return makeCopy(in[0], out[0], workshop);
}

} // namespace

PlanBuilder::PlanBuilder(const Graph& graph, const LoweredGraph& lowered, Tensors parameters, at::Tensor input,
                         Mode mode, const Quantization* quantization)
    : m_graph(graph), m_lowered(lowered), m_parameters(std::move(parameters)), m_batch(input.size(0)), m_mode(mode),
      m_type(mode == Mode::BFloat16 ? at::kBFloat16 : at::kFloat), m_quantization(quantization),
      m_values(graph.nodes().size())
{
    m_values.front() = std::move(input);
}

void PlanBuilder::build()
{
    computeConstants();
    convertInput();
    m_finished.push_back({m_steps.size(), 0, value(0)});
    for (const LoweredNode& lowered : m_lowered.nodes) {
        if (lowered.node() == 0)
            continue;
        m_values[static_cast<std::size_t>(lowered.value())] = addStored(lowered);
        m_finished.push_back({m_steps.size(), lowered.value(), value(lowered.value())});
    }
}

void PlanBuilder::computeConstants()
{
    for (const NodeId id : m_lowered.constants) {
        const Node& node = m_graph.node(id);
        Tensors inputs;
        for (const NodeId input : node.inputs)
            inputs.push_back(value(input));
        if (storageOf(node.operation) == Storage::Same && !inputs.empty())
            inputs.front() = inputs.front().clone(); // a parameter's memory is the caller's
        m_values[static_cast<std::size_t>(id)] = makeKernel(node, parametersOf(node), at::kCPU)(inputs).contiguous();
    }
}

/// In the order that images have in a plan, if it has to be copied anyway.
void PlanBuilder::convertInput()
{
    at::Tensor& input = m_values.front();
    if (!input.is_floating_point() || (input.scalar_type() == m_type && !gridOf(0)))
        return;
    const auto first = std::find_if(m_lowered.nodes.begin(), m_lowered.nodes.end(),
                                    [](const LoweredNode& lowered) { return lowered.node() != 0; });
    const NodeId shownAt = first != m_lowered.nodes.end() ? first->node() : 0;
    const auto format = input.dim() == 4 ? kImage : kRowMajor;
    if (const auto grid = gridOf(0)) {
        input = quantized(shownAt, input, *grid, format);
        return;
    }
    const at::Tensor y = allocate(input.sizes(), format);
    m_steps.push_back({shownAt, {input}, {y}, std::nullopt, copyStep});
    input = y;
}

at::Tensor PlanBuilder::addStored(const LoweredNode& lowered)
{
    m_kept = gridKeptBy(lowered);
    const at::ScalarType usual = m_type;
    if (precisionOf(lowered.node()) == Precision::BFloat16)
        m_type = at::kBFloat16;
    at::Tensor y = add(lowered);
    m_type = usual;
    m_kept.reset();
    const auto grid = gridOf(lowered.value());
    if (grid && y.is_floating_point() && y.scalar_type() != m_type)
        y = cast(lowered.node(), y, m_type);
    if (grid && y.is_floating_point())
        y = quantized(lowered.node(), y, *grid, isImage(y) ? kImage : kRowMajor);
    return y;
}

at::Tensor PlanBuilder::operand(NodeId node)
{
    const at::Tensor& x = value(node);
    const auto grid = gridOf(node);
    const bool isSame = !x.is_floating_point() || x.scalar_type() == m_type; // or ids
    if (m_kept || (!grid && isSame))
        return x;
    if (isConstant(node))
        return inType(x);
    const auto known = m_converted.find({node, m_type});
    if (known != m_converted.end())
        return known->second;
    return m_converted[{node, m_type}] = grid ? dequantized(node, x, *grid) : cast(node, x, m_type);
}

bool PlanBuilder::isConstant(NodeId node) const
{
    return std::find(m_lowered.constants.begin(), m_lowered.constants.end(), node) != m_lowered.constants.end();
}

std::optional<Grid> PlanBuilder::gridOf(NodeId node) const
{
    return m_quantization != nullptr ? m_quantization->values[static_cast<std::size_t>(node)] : std::nullopt;
}

std::optional<Grid> PlanBuilder::gridKeptBy(const LoweredNode& lowered) const
{
    const auto grid = gridOf(lowered.value());
    const auto hasIt = [&](NodeId input) { return gridOf(input) == grid; };
    const bool isKept =
        grid && keepsGrid(lowered, m_graph) && std::all_of(lowered.inputs.begin(), lowered.inputs.end(), hasIt);
    return isKept ? grid : std::nullopt;
}

Precision PlanBuilder::precisionOf(NodeId node) const
{
    return m_quantization != nullptr ? m_quantization->layer(node).precision : Precision::Float32;
}

std::vector<std::int64_t> PlanBuilder::sizesOf(NodeId node) const
{
    std::vector<std::int64_t> sizes = m_graph.node(node).output.shape;
    sizes.insert(sizes.begin(), m_batch);
    return sizes;
}

Tensors PlanBuilder::parametersOf(const Node& node) const
{
    Tensors parameters;
    for (const ParameterId id : node.parameters)
        parameters.push_back(m_parameters[static_cast<std::size_t>(id)]);
    return parameters;
}

at::Tensor PlanBuilder::add(const LoweredNode& lowered)
{
    if (lowered.isMovement)
        return movement(lowered);
    const NodeId id = lowered.node();
    const Node& node = m_graph.node(id);
    return std::visit(
        [&](const auto& o) -> at::Tensor {
            using T = std::decay_t<decltype(o)>;
            if constexpr (std::is_same_v<T, op::Conv2d>)
                return convolution(lowered, o);
            else if constexpr (std::is_same_v<T, op::Linear>)
                return linear(lowered);
            else if constexpr (std::is_same_v<T, op::BatchNorm2d>)
                return batchNorm(lowered, o);
            else if constexpr (std::is_same_v<T, op::LayerNorm>)
                return layerNorm(node, id, o);
            else if constexpr (std::is_same_v<T, op::Affine>)
                return affine(node, id);
            else if constexpr (std::is_same_v<T, op::Activation>)
                return activation(node, id, o);
            else if constexpr (std::is_same_v<T, op::MaxPool2d>)
                return maxPool(node, id, o);
            else if constexpr (std::is_same_v<T, op::AvgPool2d>)
                return averagePool(node, id, o);
            else if constexpr (std::is_same_v<T, op::AdaptiveAvgPool2d>)
                return adaptivePool(node, id, o);
            else if constexpr (std::is_same_v<T, op::Add> || std::is_same_v<T, op::Multiply>)
                return sumOrProduct(node, id, std::is_same_v<T, op::Multiply>);
            else if constexpr (std::is_same_v<T, op::Concat>)
                return concat(node, id, o);
            else if constexpr (std::is_same_v<T, op::Mean>)
                return mean(node, id, o);
            else if constexpr (std::is_same_v<T, op::Embedding>)
                return embedding(node, id);
            else if constexpr (std::is_same_v<T, op::Attention>)
                return attention(node, id, o);
            else if constexpr (std::is_same_v<T, op::Flatten> || std::is_same_v<T, op::Reshape> ||
                               std::is_same_v<T, op::Permute> || std::is_same_v<T, op::Slice> ||
                               std::is_same_v<T, op::ExpandToBatch>)
                return view(node, id);
            else
                return anything(node, id);
        },
        node.operation);
}

} // namespace lathe::engine
