#include "core/graph/operations.h"

#include <type_traits>

namespace lathe {

namespace {

using Values = std::vector<Value>;

// One overload of `work` an operation that does any but one step an output element.

Work work(const op::Conv2d& o, const Values&, const Value& output)
{
    return {.macs = elementCount(output.shape) * (o.inChannels / o.groups) * o.kernel[0] * o.kernel[1]};
}

Work work(const op::Linear& o, const Values&, const Value& output)
{
    return {.macs = elementCount(output.shape) * o.inFeatures};
}

/// q k^T and the product with v; scale, bias, mask and softmax run over the L x L weights.
Work work(const op::Attention& o, const Values& inputs, const Value& output)
{
    const std::int64_t length = output.shape[output.shape.size() - 2];
    const std::int64_t products = 2 * elementCount(output.shape) * length;
    const std::int64_t weights = elementCount(output.shape) / output.shape.back() * length * o.heads;
    const auto passes = static_cast<std::int64_t>(inputs.size()) + (o.separate ? -1 : 1);
    // Without a bias the fused kernel never holds the L x L weights; with one they stand twice (softmax copies)
    // beside scaled queries.
    const std::int64_t scratch = o.hasBias ? 2 * weights + elementCount(output.shape) : 0;
    return {products, passes * weights, scratch};
}

Work work(const op::AvgPool2d& o, const Values&, const Value& output)
{
    return {.elementwise = elementCount(output.shape) * o.kernel[0] * o.kernel[1]};
}

Work work(const op::MaxPool2d& o, const Values&, const Value& output)
{
    return {.elementwise = elementCount(output.shape) * o.kernel[0] * o.kernel[1]};
}

Work work(const op::AdaptiveAvgPool2d&, const Values& inputs, const Value&)
{
    return {.elementwise = elementCount(inputs[0].shape)};
}

Work work(const op::Mean&, const Values& inputs, const Value&)
{
    return {.elementwise = elementCount(inputs[0].shape)};
}

Work work(const op::Sealed& o, const Values&, const Value&)
{
    return {.macs = o.macs, .scratch = o.scratch};
}

template <class Op> Work work(const Op& o, const Values&, const Value& output)
{
    // What only moves data computes nothing.
    constexpr bool computes = std::is_same_v<Op, op::BatchNorm2d> || std::is_same_v<Op, op::LayerNorm> ||
                              std::is_same_v<Op, op::Affine> || std::is_same_v<Op, op::Activation> ||
                              std::is_same_v<Op, op::Add> || std::is_same_v<Op, op::Multiply> ||
                              std::is_same_v<Op, op::ShiftedWindowMask>;
    static_cast<void>(o);
    return {.elementwise = computes ? elementCount(output.shape) : 0};
}

} // namespace

Work countWork(const Operation& operation, const Values& inputs, const Value& output)
{
    return std::visit([&](const auto& o) { return work(o, inputs, output); }, operation);
}

} // namespace lathe
