#include "core/engine/torch/fused/plan_builder.h"

#include <algorithm>

#include "core/engine/torch/fused/attention_step.h"
#include "core/engine/torch/fused/copy_step.h"
#include "core/engine/torch/fused/elementwise.h"
#include "core/engine/torch/fused/gather.h"

namespace lathe::engine {

at::Tensor PlanBuilder::movement(const LoweredNode& lowered)
{
    const NodeId source = lowered.inputs.front();
    const at::Tensor x = dense(lowered.node(), operand(source));
    const at::Tensor y = allocate(sizesOf(lowered.value()));
    const auto make = [map = rowMapOf(m_graph, lowered.nodes, source), width = x.size(-1),
                       nothing = m_kept ? m_kept->zeroPoint : 0](const Tensors& in, const Tensors& out, Workshop&) {
        return makeGather(map, width, nothing, in[0], out[0]);
    };
    m_steps.push_back({lowered.node(), {x}, {y}, std::nullopt, make});
    return y;
}

at::Tensor PlanBuilder::batchNorm(const LoweredNode& lowered, const op::BatchNorm2d& norm)
{
    const NodeId id = lowered.node();
    const Tensors p = parametersOf(m_graph.node(id));
    const at::Tensor scale = p[0] / (p[3] + norm.eps).sqrt();
    const at::Tensor shift = p[1] - p[2] * scale;
    const at::Tensor x = image(id, operand(lowered.inputs.front()));
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
    const at::Tensor x = dense(id, operand(node.inputs[0]));
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
    const at::Tensor x = dense(id, operand(node.inputs[0]));
    const at::Tensor y = allocate(x.sizes());
    Tensors parameters = parametersOf(node);
    std::transform(parameters.begin(), parameters.end(), parameters.begin(),
                   [this](const at::Tensor& p) { return inType(p); });
    m_steps.push_back({id, {x}, {y}, 0, [p = parameters](const Tensors& in, const Tensors& out, Workshop&) {
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
    const at::Tensor given = operand(node.inputs[0]);
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
    if (pool.dilation != op::Size2{1, 1})
        return anything(node, id);
    const at::Tensor x = image(id, operand(node.inputs[0]));
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
    const at::Tensor x = image(id, operand(node.inputs[0]));
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
    const at::Tensor given = operand(node.inputs[0]);
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
    const at::Tensor a = operand(node.inputs[0]);
    const at::Tensor b = operand(node.inputs[1]);
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
        inputs.push_back(operand(input));
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
                       {operand(node.inputs[0])},
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
                       {operand(node.inputs[0])},
                       {y},
                       std::nullopt,
                       [table = inType(parametersOf(node)[0])](const Tensors& in, const Tensors& out, Workshop&) {
                           const auto run = [table, ids = in[0].flatten(), rows = out[0].view({-1, table.size(1)})] {
                               at::Tensor result = rows;
                               at::index_select_out(result, table, 0, ids);
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
        reads.push_back(dense(id, operand(node.inputs[i])));
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
    const at::Tensor x = operand(node.inputs[0]);
    if (std::holds_alternative<op::Flatten>(node.operation) || std::holds_alternative<op::Reshape>(node.operation))
        return viewed(id, x, sizesOf(id));
    return makeKernel(node, {}, at::kCPU)({x, operand(0)});
}

at::Tensor PlanBuilder::anything(const Node& node, NodeId id)
{
    Tensors inputs;
    for (const NodeId input : node.inputs)
        inputs.push_back(operand(input));
    const at::Tensor y = inputs.empty() ? allocate(sizesOf(id)) : allocateLike(inputs.front(), sizesOf(id));
    const auto make = [kernel = makeKernel(node, parametersOf(node), at::kCPU),
                       name = std::string(operationName(node.operation))](const Tensors& in, const Tensors& out,
                                                                          Workshop&) {
        const auto run = [kernel, in, y = out[0]] {
            Tensors given = in;
            for (at::Tensor& x : given)
                if (x.scalar_type() != at::kLong) // ids of tokens stay
                    x = x.to(at::kFloat);         // what the kernel's parameters are
            y.copy_(kernel(given));
        };
        return Made{run, "eager " + name, 0};
    };
    m_steps.push_back({id, inputs, {y}, std::nullopt, make});
    return y;
}

} // namespace lathe::engine
