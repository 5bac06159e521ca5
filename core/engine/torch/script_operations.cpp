#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "core/engine/torch/script_attention.h"
#include "core/engine/torch/script_helpers.h"
#include "core/engine/torch/script_layers.h"
#include "core/engine/torch/script_views.h"

namespace lathe::engine {

namespace {

using Kind = op::Activation::Kind;
using Converter = void (*)(ScriptCall&, ScriptPlan&);

// One function an operation of LibTorch's, or a kind of them; argument numbers are those of its schema.

/// A stride that is left out is the kernel's size.
op::Size2 strideOf(const ScriptCall& call, std::size_t i, const op::Size2& kernel)
{
    const std::vector<std::int64_t> values = call.isNone(i) ? std::vector<std::int64_t>{} : call.integers(i);
    return values.empty() ? kernel : pairOf(values);
}

/// The input itself is the caller's, and a constant every inference's.
bool overwrites(const ScriptCall& call)
{
    return call.kind.back() == '_' && call.in[0].symbol && call.in[0].symbol->node != 0;
}

template <Kind kind> void activation(ScriptCall& call, ScriptPlan& plan)
{
    const bool inPlace = overwrites(call);
    const char* const word = kind == Kind::ReLU || kind == Kind::ReLU6 ? "relu" : "activation";
    elementwise(call, plan, op::Activation{kind, inPlace}, word);
}

void gelu(ScriptCall& call, ScriptPlan& plan)
{
    if (call.in.size() > 1 && call.in[1].value.toStringRef() != "none")
        throw Inexpressible("GELU approximated by tanh is not an operation of Lathe's graphs");
    activation<Kind::GELU>(call, plan);
}

/// Between two bounds: ReLU6 where they are 0 and 6.
void clamp(ScriptCall& call, ScriptPlan& plan)
{
    const auto is = [&](std::size_t i, double bound) {
        return !call.isNone(i) && call.in[i].value.isScalar() && call.in[i].value.toScalar().toDouble() == bound;
    };
    if (!is(1, 0.0) || !is(2, 6.0))
        throw Inexpressible(fmt::format("{} is known here with the bounds 0 and 6 alone", call.kind));
    activation<Kind::ReLU6>(call, plan);
}

void maxPool(ScriptCall& call, ScriptPlan& plan)
{
    expectImage(call);
    const op::Size2 kernel = pairOf(call.integers(1));
    const op::MaxPool2d pool{kernel, strideOf(call, 2, kernel), pairOf(call.integers(3)), pairOf(call.integers(4)),
                             call.in[5].value.toBool()};
    give(call, plan.add(call.named("maxpool"), pool, {input(call, plan)}));
}

void avgPool(ScriptCall& call, ScriptPlan& plan)
{
    expectImage(call);
    if (!call.isNone(6))
        throw Inexpressible("its average pooling divides by a number of its own");
    const op::Size2 kernel = pairOf(call.integers(1));
    const op::AvgPool2d pool{kernel, strideOf(call, 2, kernel), pairOf(call.integers(3)), call.in[4].value.toBool(),
                             call.in[5].value.toBool()};
    give(call, plan.add(call.named("avgpool"), pool, {input(call, plan)}));
}

void adaptiveAvgPool(ScriptCall& call, ScriptPlan& plan)
{
    expectImage(call);
    const Shape out = call.outputShape(); // says what "as the input" is
    give(call, plan.add(call.named("avgpool"), op::AdaptiveAvgPool2d{{out[2], out[3]}}, {input(call, plan)}));
}

std::vector<std::int64_t> positiveAxes(const ScriptCall& call, std::size_t i)
{
    std::vector<std::int64_t> axes = call.integers(i);
    for (std::int64_t& axis : axes)
        axis = fromFront(axis, call.tensor(0).dim());
    std::sort(axes.begin(), axes.end());
    return axes;
}

/// mean(x, axes, keepdim): over height and width it is pooling.
void mean(ScriptCall& call, ScriptPlan& plan)
{
    const std::vector<std::int64_t> axes = call.isNone(1) ? std::vector<std::int64_t>{} : positiveAxes(call, 1);
    const Shape in = call.tensor(0).sizes().vec();
    if (in.size() == 4 && axes == std::vector<std::int64_t>{2, 3}) {
        const NodeId pooled = plan.add(call.named("mean"), op::AdaptiveAvgPool2d{{1, 1}}, {input(call, plan)});
        call.out[0].symbol = Symbol{pooled, Layout::of({in[0], in[1], 1, 1})};
    } else if (axes.size() == 1 && axes[0] > 0) {
        Shape left = in;
        left.erase(left.begin() + axes[0]);
        const NodeId node = plan.add(call.named("mean"), op::Mean{axes[0] - 1}, {input(call, plan)});
        call.out[0].symbol = Symbol{node, Layout::of(left)};
    } else {
        throw Inexpressible("a mean over these axes is not an operation of Lathe's graphs");
    }
    call.out[0].symbol->layout.reshape(call.outputShape());
}

/// The other side of an addition or product: another value of the network, or a tensor or number it holds.
NodeId operand(const ScriptCall& call, std::size_t i, ScriptPlan& plan)
{
    const Traced& side = call.in[i];
    if (side.symbol)
        return plan.made(*side.symbol, call.named("operand"));
    if (side.learned && (side.path.empty() || side.transposed))
        throw Inexpressible(fmt::format("{} takes what was computed from its weights", call.kind));
    if (!side.path.empty())
        return plan.parameterValue(side.path);
    const at::Tensor value = side.value.isTensor() ? side.value.toTensor().to(at::kFloat)
                                                   : at::full({1}, side.value.toScalar().toDouble(), at::kFloat);
    return plan.parameterValue(plan.constant(call.named("constant"), value.dim() == 0 ? value.reshape({1}) : value));
}

void add(ScriptCall& call, ScriptPlan& plan)
{
    if (!isOne(call, 2))
        throw Inexpressible("an addition with a factor is not an operation of Lathe's graphs");
    const NodeId a = operand(call, 0, plan);
    const NodeId b = operand(call, 1, plan);
    give(call, plan.add(call.named("add"), op::Add{overwrites(call)}, {a, b}));
}

void multiply(ScriptCall& call, ScriptPlan& plan)
{
    const NodeId a = operand(call, 0, plan);
    const NodeId b = operand(call, 1, plan);
    give(call, plan.add(call.named("mul"), op::Multiply{}, {a, b}));
}

void concat(ScriptCall& call, ScriptPlan& plan)
{
    const std::int64_t rank = static_cast<std::int64_t>(call.outputShape().size());
    const std::int64_t axis = fromFront(call.in[1].value.toInt(), rank);
    if (!call.in[0].items || axis == 0)
        throw Inexpressible("it joins samples of a batch");
    std::vector<NodeId> parts;
    for (const Traced& item : *call.in[0].items) {
        if (!item.symbol)
            throw Inexpressible("it joins a constant to what it computes");
        parts.push_back(plan.made(*item.symbol, call.named("part")));
    }
    give(call, plan.add(call.named("cat"), op::Concat{axis - 1}, std::move(parts)));
}

const std::unordered_map<std::string, Converter>& converters()
{
    static const std::unordered_map<std::string, Converter> known{
        {"aten::conv2d", convolution2d},
        {"aten::convolution", convolution},
        {"aten::_convolution", convolution},
        {"aten::batch_norm", batchNorm},
        {"aten::layer_norm", layerNorm},
        {"aten::linear", linear},
        {"aten::addmm", addmm},
        {"aten::matmul", matmul},
        {"aten::mm", matmul},
        {"aten::relu", activation<Kind::ReLU>},
        {"aten::relu_", activation<Kind::ReLU>},
        {"aten::relu6", activation<Kind::ReLU6>},
        {"aten::relu6_", activation<Kind::ReLU6>},
        {"aten::hardtanh", clamp},
        {"aten::hardtanh_", clamp},
        {"aten::clamp", clamp},
        {"aten::clamp_", clamp},
        {"aten::silu", activation<Kind::SiLU>},
        {"aten::silu_", activation<Kind::SiLU>},
        {"aten::gelu", gelu},
        {"aten::sigmoid", activation<Kind::Sigmoid>},
        {"aten::sigmoid_", activation<Kind::Sigmoid>},
        {"aten::tanh", activation<Kind::Tanh>},
        {"aten::tanh_", activation<Kind::Tanh>},
        {"aten::hardswish", activation<Kind::Hardswish>},
        {"aten::hardswish_", activation<Kind::Hardswish>},
        {"aten::hardsigmoid", activation<Kind::Hardsigmoid>},
        {"aten::hardsigmoid_", activation<Kind::Hardsigmoid>},
        {"aten::max_pool2d", maxPool},
        {"aten::avg_pool2d", avgPool},
        {"aten::adaptive_avg_pool2d", adaptiveAvgPool},
        {"aten::mean", mean},
        {"aten::add", add},
        {"aten::add_", add},
        {"aten::mul", multiply},
        {"aten::mul_", multiply},
        {"aten::cat", concat},
        {"aten::flatten", sameElements},
        {"aten::unflatten", sameElements},
        {"aten::view", sameElements},
        {"aten::_unsafe_view", sameElements},
        {"aten::reshape", sameElements},
        {"aten::squeeze", sameElements},
        {"aten::unsqueeze", sameElements},
        {"aten::contiguous", asItIs},
        {"aten::clone", asItIs},
        {"aten::detach", asItIs},
        {"aten::alias", asItIs},
        {"aten::to", asItIs},
        {"aten::pad", asItIs},
        {"aten::dropout", dropout},
        {"aten::dropout_", dropout},
        {"aten::feature_dropout", dropout},
        {"aten::permute", permute},
        {"aten::transpose", transpose},
        {"aten::slice", slice},
        {"aten::select", select},
        {"aten::chunk", divide},
        {"aten::split", divide},
        {"aten::split_with_sizes", divide},
        {"aten::unbind", divide},
        {"aten::expand", asItIs},
        {"aten::expand_as", asItIs},
        {"aten::scaled_dot_product_attention", scaledDotProductAttention},
        {"aten::_native_multi_head_attention", multiHeadAttention},
    };
    return known;
}

} // namespace

void express(ScriptCall& call, ScriptPlan& plan)
{
    const auto converter = converters().find(call.kind);
    if (converter == converters().end())
        throw Inexpressible(fmt::format("{} is not an operation of Lathe's graphs", call.kind));
    converter->second(call, plan);
}

} // namespace lathe::engine
