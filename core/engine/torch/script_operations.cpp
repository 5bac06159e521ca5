#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "core/engine/torch/script_attention.h"
#include "core/engine/torch/script_helpers.h"

namespace lathe::engine {

namespace {

using Kind = op::Activation::Kind;
using Converter = void (*)(ScriptCall&, ScriptPlan&);

// One function an operation of LibTorch's, or a kind of them; argument numbers are those of its schema.

op::Size2 pairOf(const std::vector<std::int64_t>& values)
{
    return {values.front(), values.back()};
}

/// A stride that is left out is the kernel's size.
op::Size2 strideOf(const ScriptCall& call, std::size_t i, const op::Size2& kernel)
{
    const std::vector<std::int64_t> values = call.isNone(i) ? std::vector<std::int64_t>{} : call.integers(i);
    return values.empty() ? kernel : pairOf(values);
}

void expectImage(const ScriptCall& call)
{
    if (call.tensor(0).dim() != 4)
        throw Inexpressible(fmt::format("{} is known here for images alone", call.kind));
}

/// Padding of a stride-1 convolution that keeps the size; only even amounts are the same on both sides.
op::Size2 paddingOf(const ScriptCall& call, std::size_t i, const op::Conv2d& conv)
{
    if (!call.in[i].value.isString())
        return pairOf(call.integers(i));
    const bool same = call.in[i].value.toStringRef() == "same";
    op::Size2 padding{0, 0};
    for (std::size_t axis = 0; same && axis < 2; ++axis) {
        const std::int64_t total = conv.dilation[axis] * (conv.kernel[axis] - 1);
        if (total % 2 != 0)
            throw Inexpressible("one of its convolutions pads more on one side than on the other");
        padding[axis] = total / 2;
    }
    return padding;
}

void addConvolution(ScriptCall& call, ScriptPlan& plan, std::size_t groups)
{
    expectImage(call);
    const std::vector<std::int64_t> weight = call.tensor(1).sizes().vec();
    op::Conv2d conv;
    conv.groups = call.in[groups].value.toInt();
    conv.outChannels = weight[0];
    conv.inChannels = weight[1] * conv.groups;
    conv.kernel = {weight[2], weight[3]};
    conv.stride = pairOf(call.integers(3));
    conv.dilation = pairOf(call.integers(5));
    conv.padding = paddingOf(call, 4, conv);
    conv.bias = !call.isNone(2);
    const std::string name = moduleName(call, 1, "conv");
    std::vector<std::string> parameters{tensorName(call, 1, plan, name + ".weight")};
    if (conv.bias)
        parameters.push_back(tensorName(call, 2, plan, name + ".bias"));
    give(call, plan.add(name, conv, {input(call, plan)}, std::move(parameters)));
}

void convolution2d(ScriptCall& call, ScriptPlan& plan)
{
    addConvolution(call, plan, 6);
}

void convolution(ScriptCall& call, ScriptPlan& plan)
{
    if (call.in[6].value.toBool())
        throw Inexpressible("a transposed convolution is not an operation of Lathe's graphs");
    addConvolution(call, plan, 8);
}

/// The count of batches stands beside the running mean; a program may have dropped it.
std::string batchesName(const ScriptCall& call, ScriptPlan& plan, const std::string& name)
{
    const std::string beside = ownerOf(call.in[3].path) + ".num_batches_tracked";
    if (!call.in[3].path.empty() && plan.tensor(beside) != nullptr)
        return beside;
    return plan.constant(name + ".num_batches_tracked", at::zeros({}, at::kLong));
}

void batchNorm(ScriptCall& call, ScriptPlan& plan)
{
    expectImage(call);
    if (call.in[5].value.toBool())
        throw Inexpressible("its batch normalisation was saved in training mode");
    const std::string name = moduleName(call, 3, "bn");
    std::vector<std::string> parameters;
    const char* const names[] = {".weight", ".bias", ".running_mean", ".running_var"};
    for (std::size_t i = 0; i < 4; ++i) {
        if (call.isNone(i + 1))
            throw Inexpressible("its batch normalisation has no weights or no statistics");
        parameters.push_back(tensorName(call, i + 1, plan, name + names[i], i < 2));
    }
    parameters.push_back(batchesName(call, plan, name));
    const op::BatchNorm2d norm{call.tensor(0).size(1), call.in[7].value.toDouble(), call.in[6].value.toDouble()};
    give(call, plan.add(name, norm, {input(call, plan)}, std::move(parameters)));
}

void layerNorm(ScriptCall& call, ScriptPlan& plan)
{
    if (call.integers(1).size() != 1 || call.isNone(2) || call.isNone(3))
        throw Inexpressible("one of its layer normalisations runs over more than one axis or has no weights");
    const std::string name = moduleName(call, 2, "norm");
    const std::vector<std::string> parameters{tensorName(call, 2, plan, name + ".weight"),
                                              tensorName(call, 3, plan, name + ".bias")};
    const op::LayerNorm norm{call.integers(1)[0], call.in[4].value.toDouble()};
    onLastAxis(call, plan, name, norm, parameters, norm.features);
}

/// `weight` and `bias` are numbers of arguments; no bias if it is the same as the weight.
void addLinear(ScriptCall& call, ScriptPlan& plan, std::size_t weight, std::size_t bias)
{
    op::Linear linear;
    linear.outFeatures = call.tensor(weight).size(call.kind == "aten::linear" ? 0 : 1);
    linear.inFeatures = call.tensor(weight).size(call.kind == "aten::linear" ? 1 : 0);
    linear.bias = bias != weight && !call.isNone(bias);
    const std::string name = moduleName(call, weight, "linear");
    std::vector<std::string> parameters{weightName(call, weight, plan, name + ".weight")};
    if (linear.bias)
        parameters.push_back(tensorName(call, bias, plan, name + ".bias"));
    onLastAxis(call, plan, name, linear, parameters, linear.outFeatures);
}

void linear(ScriptCall& call, ScriptPlan& plan)
{
    addLinear(call, plan, 1, 2);
}

/// addmm(bias, x, weight transposed, beta, alpha)
void addmm(ScriptCall& call, ScriptPlan& plan)
{
    if (!isOne(call, 3) || !isOne(call, 4) || call.in[0].dependsOnInput() || !call.in[1].symbol)
        throw Inexpressible("aten::addmm is known here as a linear layer alone");
    std::swap(call.in[0], call.in[1]);
    addLinear(call, plan, 2, 1);
}

void matmul(ScriptCall& call, ScriptPlan& plan)
{
    if (call.in[1].dependsOnInput() || !call.in[0].symbol)
        throw Inexpressible(
            fmt::format("{} of two tensors made from the input is not an operation of Lathe's graphs", call.kind));
    if (call.tensor(1).dim() != 2)
        throw Inexpressible(fmt::format("{} is known here as a linear layer alone", call.kind));
    addLinear(call, plan, 1, 1);
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
        axis += axis < 0 ? call.tensor(0).dim() : 0;
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
    const std::int64_t given = call.in[1].value.toInt();
    const std::int64_t axis = given < 0 ? given + rank : given;
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

void sameElements(ScriptCall& call, ScriptPlan&)
{
    Symbol symbol = *call.in[0].symbol;
    if (!symbol.layout.reshape(call.outputShape()))
        throw Inexpressible(fmt::format("{} cuts its tensor in a way not known here", call.kind));
    call.out[0].symbol = std::move(symbol);
}

void asItIs(ScriptCall& call, ScriptPlan&)
{
    const at::Tensor after = call.out[0].value.toTensor();
    if (after.sizes() != call.tensor(0).sizes() || after.scalar_type() != call.tensor(0).scalar_type())
        throw Inexpressible(fmt::format("{} is known here only where it changes nothing", call.kind));
    call.out[0].symbol = call.in[0].symbol;
}

void dropout(ScriptCall& call, ScriptPlan& plan)
{
    if (call.in[2].value.toBool())
        throw Inexpressible("it was saved in training mode, with its dropout at work");
    asItIs(call, plan);
}

void permute(ScriptCall& call, ScriptPlan&)
{
    Symbol symbol = *call.in[0].symbol;
    std::vector<std::int64_t> order = call.integers(1);
    for (std::int64_t& axis : order)
        axis += axis < 0 ? call.tensor(0).dim() : 0;
    symbol.layout.permute(order);
    call.out[0].symbol = std::move(symbol);
}

void transpose(ScriptCall& call, ScriptPlan&)
{
    const std::int64_t rank = call.tensor(0).dim();
    std::vector<std::int64_t> order;
    for (std::int64_t axis = 0; axis < rank; ++axis)
        order.push_back(axis);
    const auto place = [&](std::size_t i) {
        const std::int64_t axis = call.in[i].value.toInt();
        return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
    };
    std::swap(order[place(1)], order[place(2)]);
    Symbol symbol = *call.in[0].symbol;
    symbol.layout.permute(order);
    call.out[0].symbol = std::move(symbol);
}

struct Stretch {
    std::int64_t axis = 0, begin = 0, end = 0, step = 1;
    bool squeeze = false;
};

/// Entries of one axis of the call's tensor.
Symbol cut(const ScriptCall& call, ScriptPlan& plan, const Stretch& stretch)
{
    Symbol symbol = *call.in[0].symbol;
    const std::int64_t extent = call.tensor(0).size(stretch.axis);
    if (stretch.begin == 0 && stretch.end == extent && stretch.step == 1 && !stretch.squeeze)
        return symbol;
    if (stretch.axis == 0 && symbol.layout.startsWithBatch())
        throw Inexpressible("it takes the samples of a batch apart");
    op::Slice slice;
    if (!symbol.layout.locate(stretch.axis, stretch.begin, stretch.end, stretch.step, slice)) {
        symbol = {plan.made(symbol, call.named("slice")), Layout::of(call.tensor(0).sizes().vec())};
        if (!symbol.layout.locate(stretch.axis, stretch.begin, stretch.end, stretch.step, slice))
            throw Inexpressible(fmt::format("{} cuts its tensor in a way not known here", call.kind));
    }
    const std::int64_t left = (stretch.end - stretch.begin + stretch.step - 1) / stretch.step;
    slice.squeeze = symbol.layout.narrow(stretch.axis, left, stretch.squeeze);
    symbol.node = plan.add(call.named("slice"), slice, {symbol.node});
    return symbol;
}

std::int64_t axisOf(const ScriptCall& call, std::size_t i)
{
    const std::int64_t axis = call.in[i].value.toInt();
    return axis < 0 ? axis + call.tensor(0).dim() : axis;
}

std::int64_t within(std::int64_t place, std::int64_t extent)
{
    return std::clamp(place < 0 ? place + extent : place, std::int64_t{0}, extent);
}

/// slice(x, axis, begin, end, step)
void slice(ScriptCall& call, ScriptPlan& plan)
{
    const std::int64_t axis = axisOf(call, 1);
    const std::int64_t extent = call.tensor(0).size(axis);
    const std::int64_t begin = call.isNone(2) ? 0 : within(call.in[2].value.toInt(), extent);
    const std::int64_t end = call.isNone(3) ? extent : within(call.in[3].value.toInt(), extent);
    call.out[0].symbol = cut(call, plan, {axis, begin, end, call.in[4].value.toInt(), false});
}

void select(ScriptCall& call, ScriptPlan& plan)
{
    const std::int64_t axis = axisOf(call, 1);
    const std::int64_t index = call.in[2].value.toInt();
    const std::int64_t begin = index < 0 ? index + call.tensor(0).size(axis) : index;
    call.out[0].symbol = cut(call, plan, {axis, begin, begin + 1, 1, true});
}

/// chunk, split and unbind: consecutive stretches of one axis, whose extents the sample's outputs tell.
void divide(ScriptCall& call, ScriptPlan& plan)
{
    const bool squeeze = call.kind == "aten::unbind";
    const std::int64_t axis = axisOf(call, squeeze ? 1 : 2);
    auto parts = std::make_shared<std::vector<Traced>>();
    std::int64_t begin = 0;
    for (const at::Tensor& tensor : call.out[0].value.toTensorVector()) {
        const std::int64_t extent = squeeze ? 1 : tensor.size(axis);
        Traced part;
        part.value = tensor;
        part.symbol = cut(call, plan, {axis, begin, begin + extent, 1, squeeze});
        parts->push_back(std::move(part));
        begin += extent;
    }
    call.out[0].items = std::move(parts);
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
