#include "core/engine/torch/script_layers.h"

#include <fmt/format.h>

#include "core/engine/torch/script_helpers.h"

namespace lathe::engine {

namespace {

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

/// The count of batches stands beside the running mean; a program may have dropped it.
std::string batchesName(const ScriptCall& call, ScriptPlan& plan, const std::string& name)
{
    const std::string beside = ownerOf(call.in[3].path) + ".num_batches_tracked";
    if (!call.in[3].path.empty() && plan.tensor(beside) != nullptr)
        return beside;
    return plan.constant(name + ".num_batches_tracked", at::zeros({}, at::kLong));
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

} // namespace

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

} // namespace lathe::engine
