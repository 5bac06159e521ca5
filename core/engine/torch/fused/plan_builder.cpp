#include "core/engine/torch/fused/plan_builder.h"

#include <ATen/InferSize.h>
#include <ATen/TensorUtils.h>

#include "core/engine/torch/fused/attention_step.h"
#include "core/engine/torch/fused/copy_step.h"
#include "core/engine/torch/fused/elementwise.h"
#include "core/engine/torch/fused/gather.h"
#include "core/engine/torch/fused/products.h"

namespace lathe::engine {

namespace {

constexpr auto kImage = at::MemoryFormat::ChannelsLast;
constexpr auto kRowMajor = at::MemoryFormat::Contiguous;

bool isImage(const at::Tensor& x)
{
    return x.dim() == 4 && x.is_contiguous(kImage) && !x.is_contiguous();
}

/// With the strides that channels-last order has where an extent of 1 leaves them open.
at::Tensor plainImage(const at::Tensor& x)
{
    const std::int64_t c = x.size(1);
    return x.as_strided(x.sizes(), {x.size(2) * x.size(3) * c, 1, x.size(3) * c, c}, x.storage_offset());
}

std::vector<std::int64_t> axesWithBatch(const op::Permute& permute)
{
    std::vector<std::int64_t> axes{0};
    for (const std::int64_t axis : permute.order)
        axes.push_back(axis + 1);
    return axes;
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& axes)
{
    std::vector<std::int64_t> inverse(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i)
        inverse[static_cast<std::size_t>(axes[i])] = static_cast<std::int64_t>(i);
    return inverse;
}

} // namespace

/// What follows an operation, in terms of the operation's own output.
struct PlanBuilder::Epilogues {
    std::vector<std::vector<std::int64_t>> renamings;             ///< of axes, from the output on
    std::vector<std::optional<op::Activation::Kind>> activations; ///< none: the next addend
    Tensors addends;
};

PlanBuilder::PlanBuilder(const Graph& graph, const LoweredGraph& lowered, Tensors parameters, at::Tensor input)
    : m_graph(graph), m_lowered(lowered), m_parameters(std::move(parameters)), m_batch(input.size(0)),
      m_values(graph.nodes().size())
{
    m_values.front() = std::move(input);
}

void PlanBuilder::build()
{
    computeConstants();
    for (const LoweredNode& lowered : m_lowered.nodes)
        if (lowered.node() != 0)
            m_values[static_cast<std::size_t>(lowered.value())] = add(lowered);
}

void PlanBuilder::computeConstants()
{
    for (const NodeId id : m_lowered.constants) {
        const Node& node = m_graph.node(id);
        Tensors inputs;
        for (const NodeId input : node.inputs)
            inputs.push_back(value(input));
        // A constant may share its memory with another, and nothing writes to either.
        m_values[static_cast<std::size_t>(id)] = makeKernel(node, parametersOf(node), at::kCPU)(inputs).contiguous();
    }
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

PlanBuilder::Weights PlanBuilder::weightsOf(const LoweredNode& lowered) const
{
    const Tensors own = parametersOf(m_graph.node(lowered.node()));
    Weights weights{own[0], own.size() > 1 ? own[1] : at::Tensor()};
    for (const NodeId id : lowered.folded)
        foldInto(weights, id);
    return weights;
}

/// y = x W + b, then y * scale + shift: the same as x (W * scale) + (b * scale + shift).
void PlanBuilder::foldInto(Weights& weights, NodeId id) const
{
    const Node& node = m_graph.node(id);
    at::Tensor scale;
    at::Tensor shift;
    if (const auto* norm = std::get_if<op::BatchNorm2d>(&node.operation)) {
        const Tensors p = parametersOf(node);
        scale = p[0] / (p[3] + norm->eps).sqrt();
        shift = p[1] - p[2] * scale;
    } else {
        const NodeId factor = m_graph.node(node.inputs[0]).output.batched ? node.inputs[1] : node.inputs[0];
        scale = value(factor).flatten().expand({weights.weight.size(0)});
    }
    std::vector<std::int64_t> perOutput(static_cast<std::size_t>(weights.weight.dim()), 1);
    perOutput[0] = -1;
    weights.weight = weights.weight * scale.reshape(perOutput);
    if (weights.bias.defined())
        weights.bias = weights.bias * scale;
    if (shift.defined())
        weights.bias = weights.bias.defined() ? weights.bias + shift : shift;
}

at::Tensor PlanBuilder::allocate(at::IntArrayRef sizes, at::MemoryFormat format)
{
    return m_memory.allocate(sizes, format);
}

at::Tensor PlanBuilder::allocateLike(const at::Tensor& x, at::IntArrayRef sizes)
{
    return allocate(sizes, isImage(x) && sizes.size() == 4 ? kImage : kRowMajor);
}

at::Tensor PlanBuilder::copied(NodeId node, const at::Tensor& x, at::MemoryFormat format)
{
    const at::Tensor y = allocate(x.sizes(), format);
    m_steps.push_back({node, {x}, {y}, std::nullopt, [](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeCopy(in[0], out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::image(NodeId node, const at::Tensor& x)
{
    return plainImage(x.is_contiguous(kImage) ? x : copied(node, x, kImage));
}

at::Tensor PlanBuilder::dense(NodeId node, const at::Tensor& x)
{
    return x.is_contiguous() ? x : copied(node, x, kRowMajor);
}

at::Tensor PlanBuilder::viewed(NodeId node, const at::Tensor& x, at::IntArrayRef sizes)
{
    const std::vector<std::int64_t> whole = at::infer_size(sizes, std::int64_t{x.numel()});
    if (at::detail::computeStride(x.sizes(), x.strides(), at::IntArrayRef(whole)))
        return x.view(whole);
    return copied(node, x, kRowMajor).view(whole);
}

at::Tensor PlanBuilder::rows(NodeId node, const at::Tensor& x)
{
    const at::Tensor whole = x.stride(-1) == 1 ? x : copied(node, x, kRowMajor);
    return viewed(node, whole, {-1, x.size(-1)});
}

PlanBuilder::Epilogues PlanBuilder::epiloguesOf(const LoweredNode& lowered, const at::Tensor& y)
{
    Epilogues found;
    for (const Epilogue& epilogue : lowered.epilogues) {
        if (const auto* permute = std::get_if<op::Permute>(&epilogue)) {
            found.renamings.push_back(axesWithBatch(*permute));
        } else if (const auto* activation = std::get_if<op::Activation>(&epilogue)) {
            found.activations.emplace_back(activation->kind);
        } else {
            at::Tensor addend = value(std::get<Addend>(epilogue).value);
            for (auto axes = found.renamings.rbegin(); axes != found.renamings.rend(); ++axes)
                addend = addend.permute(inverse(*axes));
            if (addend.dim() == 4 && addend.is_contiguous(kImage) && y.is_contiguous(kImage))
                addend = plainImage(addend);
            const bool liesAlike = addend.strides() == y.strides();
            found.activations.emplace_back();
            found.addends.push_back(liesAlike ? addend
                                              : copied(lowered.node(), addend, isImage(y) ? kImage : kRowMajor));
        }
    }
    return found;
}

namespace {

/// `addends` in their order among the finishes.
Finishes finishesOf(const std::vector<std::optional<op::Activation::Kind>>& activations, const Tensors& addends)
{
    Finishes finishes;
    std::size_t next = 0;
    for (const auto& activation : activations)
        finishes.push_back(activation ? Finish{activation, {}} : Finish{std::nullopt, addends[next++]});
    return finishes;
}

at::Tensor renamed(at::Tensor y, const std::vector<std::vector<std::int64_t>>& renamings)
{
    for (const auto& axes : renamings)
        y = y.permute(axes);
    return y;
}

/// Only one output can lie over one addend.
std::optional<std::size_t> overlayOf(const Tensors& addends)
{
    return addends.empty() ? std::nullopt : std::optional<std::size_t>(1);
}

Tensors withFirst(const at::Tensor& first, const Tensors& rest)
{
    Tensors all{first};
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
}

Tensors withoutFirst(const Tensors& all)
{
    return {all.begin() + 1, all.end()};
}

} // namespace

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
                return linear(lowered, o);
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

at::Tensor PlanBuilder::movement(const LoweredNode& lowered)
{
    const NodeId source = lowered.inputs.front();
    const at::Tensor x = dense(lowered.node(), value(source));
    const at::Tensor y = allocate(sizesOf(lowered.value()));
    const auto make = [map = rowMapOf(m_graph, lowered.nodes, source),
                       width = x.size(-1)](const Tensors& in, const Tensors& out, Workshop&) {
        return makeGather(map, width, in[0], out[0]);
    };
    m_steps.push_back({lowered.node(), {x}, {y}, std::nullopt, make});
    return y;
}

at::Tensor PlanBuilder::convolution(const LoweredNode& lowered, const op::Conv2d& conv)
{
    const NodeId id = lowered.node();
    const at::Tensor x = image(id, value(lowered.inputs.front()));
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage));
    const Weights weights = weightsOf(lowered);
    const Epilogues after = epiloguesOf(lowered, y);
    const auto make = [conv, weights, activations = after.activations](const Tensors& in, const Tensors& out,
                                                                       Workshop& workshop) {
        return makeConvolution(conv, weights.weight, weights.bias, in[0], out[0],
                               finishesOf(activations, withoutFirst(in)), workshop);
    };
    m_steps.push_back({id, withFirst(x, after.addends), {y}, overlayOf(after.addends), make});
    return renamed(y, after.renamings);
}

at::Tensor PlanBuilder::linear(const LoweredNode& lowered, const op::Linear& linear)
{
    const NodeId id = lowered.node();
    const at::Tensor x = rows(id, value(lowered.inputs.front()));
    const at::Tensor y = allocate(sizesOf(id));
    Weights weights = weightsOf(lowered);
    if (linear.keyBiasIsZero && weights.bias.defined()) {
        weights.bias = weights.bias.clone();
        weights.bias.slice(0, linear.outFeatures / 3, linear.outFeatures / 3 * 2).zero_();
    }
    const Epilogues after = epiloguesOf(lowered, y);
    const auto make = [weights, activations = after.activations](const Tensors& in, const Tensors& out,
                                                                 Workshop& workshop) {
        const auto flat = [](const at::Tensor& t) { return t.view({-1, t.size(-1)}); };
        Tensors addends;
        for (std::size_t i = 1; i < in.size(); ++i)
            addends.push_back(flat(in[i]));
        return makeLinear(weights.weight, weights.bias, in[0], flat(out[0]), finishesOf(activations, addends),
                          workshop);
    };
    m_steps.push_back({id, withFirst(x, after.addends), {y}, overlayOf(after.addends), make});
    return renamed(y, after.renamings);
}

at::Tensor PlanBuilder::batchNorm(const LoweredNode& lowered, const op::BatchNorm2d& norm)
{
    const NodeId id = lowered.node();
    const Tensors p = parametersOf(m_graph.node(id));
    const at::Tensor scale = p[0] / (p[3] + norm.eps).sqrt();
    const at::Tensor shift = p[1] - p[2] * scale;
    const at::Tensor x = image(id, value(lowered.inputs.front()));
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage));
    const auto activations = epiloguesOf(lowered, y).activations;
    const bool relu = !activations.empty() && activations.front() == op::Activation::Kind::ReLU;
    m_steps.push_back({id, {x}, {y}, 0, [=](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeChannelScale(scale, shift, relu, in[0], out[0], workshop);
                       }});
    for (std::size_t i = relu ? 1 : 0; i < activations.size(); ++i)
        m_steps.push_back({id,
                           {y},
                           {y},
                           std::nullopt,
                           [kind = *activations[i]](const Tensors& in, const Tensors& out, Workshop& workshop) {
                               return makeActivation(kind, in[0], out[0], workshop);
                           }});
    return y;
}

at::Tensor PlanBuilder::layerNorm(const Node& node, NodeId id, const op::LayerNorm& norm)
{
    const at::Tensor x = dense(id, value(node.inputs[0]));
    const at::Tensor y = allocate(x.sizes());
    m_steps.push_back(
        {id,
         {x},
         {y},
         0,
         [p = parametersOf(node), eps = norm.eps](const Tensors& in, const Tensors& out, Workshop& workshop) {
             const auto flat = [](const at::Tensor& t) { return t.view({-1, t.size(-1)}); };
             return makeLayerNorm(p[0], p[1], eps, flat(in[0]), flat(out[0]), workshop);
         }});
    return y;
}

at::Tensor PlanBuilder::affine(const Node& node, NodeId id)
{
    const at::Tensor x = dense(id, value(node.inputs[0]));
    const at::Tensor y = allocate(x.sizes());
    m_steps.push_back({id, {x}, {y}, 0, [p = parametersOf(node)](const Tensors& in, const Tensors& out, Workshop&) {
                           const auto run = [p, x = in[0], y = out[0]] {
                               at::Tensor result = y;
                               at::addcmul_out(result, p[1], p[0], x);
                           };
                           return Made{run, "aten::addcmul", 0};
                       }});
    return y;
}

at::Tensor PlanBuilder::activation(const Node& node, NodeId id, const op::Activation& activation)
{
    const at::Tensor& given = value(node.inputs[0]);
    const at::Tensor x = isImage(given) ? plainImage(given) : dense(id, given);
    const at::Tensor y = allocateLike(x, x.sizes());
    m_steps.push_back(
        {id, {x}, {y}, 0, [kind = activation.kind](const Tensors& in, const Tensors& out, Workshop& workshop) {
             return makeActivation(kind, in[0], out[0], workshop);
         }});
    return y;
}

at::Tensor PlanBuilder::maxPool(const Node& node, NodeId id, const op::MaxPool2d& pool)
{
    if (pool.ceilMode)
        return anything(node, id);
    const at::Tensor x = image(id, value(node.inputs[0]));
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage));
    m_steps.push_back({id, {x}, {y}, std::nullopt, [pool](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makePooling({dnnl_pooling_max, pool.kernel, pool.stride, pool.padding, pool.dilation},
                                              in[0], out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::averagePool(const Node& node, NodeId id, const op::AvgPool2d& pool)
{
    if (pool.ceilMode)
        return anything(node, id);
    const at::Tensor x = image(id, value(node.inputs[0]));
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage));
    const dnnl_alg_kind_t algorithm =
        pool.countIncludePad ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding;
    m_steps.push_back(
        {id, {x}, {y}, std::nullopt, [pool, algorithm](const Tensors& in, const Tensors& out, Workshop& workshop) {
             return makePooling({algorithm, pool.kernel, pool.stride, pool.padding, {1, 1}}, in[0], out[0], workshop);
         }});
    return y;
}

at::Tensor PlanBuilder::adaptivePool(const Node& node, NodeId id, const op::AdaptiveAvgPool2d& pool)
{
    const at::Tensor& given = value(node.inputs[0]);
    const op::Size2 extents{given.size(2), given.size(3)};
    if (extents == pool.output)
        return given;
    if (extents[0] % pool.output[0] != 0 || extents[1] % pool.output[1] != 0)
        return anything(node, id);
    const op::Size2 window{extents[0] / pool.output[0], extents[1] / pool.output[1]};
    const at::Tensor x = image(id, given);
    const at::Tensor y = plainImage(allocate(sizesOf(id), kImage));
    m_steps.push_back(
        {id, {x}, {y}, std::nullopt, [window](const Tensors& in, const Tensors& out, Workshop& workshop) {
             return makePooling({dnnl_pooling_avg_exclude_padding, window, window}, in[0], out[0], workshop);
         }});
    return y;
}

at::Tensor PlanBuilder::sumOrProduct(const Node& node, NodeId id, bool product)
{
    const at::Tensor& a = value(node.inputs[0]);
    const at::Tensor& b = value(node.inputs[1]);
    const std::vector<std::int64_t> sizes = sizesOf(id);
    const std::size_t whole = a.sizes() == at::IntArrayRef(sizes) ? 0 : 1;
    const at::Tensor y = allocateLike(whole == 0 ? a : b, sizes);
    m_steps.push_back({id, {a, b}, {y}, whole, [product](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeSumOrProduct(product, in[0], in[1], out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::concat(const Node& node, NodeId id, const op::Concat& concat)
{
    Tensors inputs;
    for (const NodeId input : node.inputs)
        inputs.push_back(value(input));
    const at::Tensor y = allocateLike(inputs.front(), sizesOf(id));
    m_steps.push_back({id,
                       inputs,
                       {y},
                       std::nullopt,
                       [axis = concat.axis + 1](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeConcat(in, axis, out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::mean(const Node& node, NodeId id, const op::Mean& mean)
{
    const at::Tensor y = allocate(sizesOf(id));
    m_steps.push_back({id,
                       {value(node.inputs[0])},
                       {y},
                       std::nullopt,
                       [axis = mean.axis + 1](const Tensors& in, const Tensors& out, Workshop&) {
                           const auto run = [axis, x = in[0], y = out[0]] {
                               at::Tensor result = y;
                               at::mean_out(result, x, at::IntArrayRef{axis});
                           };
                           return Made{run, "aten::mean", 0};
                       }});
    return y;
}

at::Tensor PlanBuilder::embedding(const Node& node, NodeId id)
{
    const at::Tensor y = allocate(sizesOf(id));
    m_steps.push_back({id,
                       {value(node.inputs[0])},
                       {y},
                       std::nullopt,
                       [table = parametersOf(node)[0]](const Tensors& in, const Tensors& out, Workshop&) {
                           const auto run = [table, ids = in[0], rows = out[0].view({-1, table.size(1)})] {
                               at::Tensor result = rows;
                               at::index_select_out(result, table, 0, ids.flatten());
                           };
                           return Made{run, "aten::index_select", 0};
                       }});
    return y;
}

at::Tensor PlanBuilder::attention(const Node& node, NodeId id, const op::Attention& attention)
{
    const std::size_t inputs = attention.separate ? 3 : 1;
    Tensors reads;
    for (std::size_t i = 0; i < inputs; ++i)
        reads.push_back(dense(id, value(node.inputs[i])));
    const at::Tensor bias = attention.hasBias ? value(node.inputs[inputs]) : at::Tensor();
    const at::Tensor mask = attention.hasMask ? value(node.inputs.back()) : at::Tensor();
    const Tensors parameters = parametersOf(node);
    const at::Tensor logitScale = parameters.empty() ? at::Tensor() : parameters.front();
    const at::Tensor y = allocate(sizesOf(id));
    m_steps.push_back({id, reads, {y}, std::nullopt, [=](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeAttention(attention, in, bias, mask, logitScale, out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::view(const Node& node, NodeId id)
{
    const at::Tensor& x = value(node.inputs[0]);
    if (std::holds_alternative<op::Flatten>(node.operation) || std::holds_alternative<op::Reshape>(node.operation))
        return viewed(id, x, sizesOf(id));
    return makeKernel(node, {}, at::kCPU)({x, value(0)});
}

at::Tensor PlanBuilder::anything(const Node& node, NodeId id)
{
    Tensors inputs;
    for (const NodeId input : node.inputs)
        inputs.push_back(value(input));
    const at::Tensor y = inputs.empty() ? allocate(sizesOf(id)) : allocateLike(inputs.front(), sizesOf(id));
    const auto make = [kernel = makeKernel(node, parametersOf(node), at::kCPU),
                       name = std::string(operationName(node.operation))](const Tensors& in, const Tensors& out,
                                                                          Workshop&) {
        const auto run = [kernel, in, y = out[0]] {
            at::Tensor result = y;
            result.copy_(kernel(in));
        };
        return Made{run, "eager " + name, 0};
    };
    m_steps.push_back({id, inputs, {y}, std::nullopt, make});
    return y;
}

} // namespace lathe::engine
