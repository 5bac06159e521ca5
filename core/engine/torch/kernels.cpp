#include "core/engine/torch/kernels.h"

#include <ATen/Context.h>

#include "core/engine/torch/attention.h"
#include "core/engine/torch/torchscript.h"

namespace lathe::engine {

namespace {

/// Bound parameter number i, undefined where the operation has none (a convolution without bias).
at::Tensor optional(const Tensors& tensors, std::size_t i)
{
    return i < tensors.size() ? tensors[i] : at::Tensor();
}

using Function = at::Tensor (*)(const at::Tensor&);
using InPlaceFunction = at::Tensor& (*)(at::Tensor&);

struct ActivationFunctions {
    Function make;
    InPlaceFunction overwrite;
};

ActivationFunctions functionsOf(op::Activation::Kind kind)
{
    switch (kind) {
    case op::Activation::Kind::ReLU:
        return {at::relu, at::relu_};
    case op::Activation::Kind::ReLU6:
        return {[](const at::Tensor& x) { return at::hardtanh(x, 0, 6); },
                [](at::Tensor& x) -> at::Tensor& { return at::hardtanh_(x, 0, 6); }};
    case op::Activation::Kind::SiLU:
        return {at::silu, at::silu_};
    case op::Activation::Kind::GELU:
        return {[](const at::Tensor& x) { return at::gelu(x); },
                [](at::Tensor& x) -> at::Tensor& { return at::gelu_(x); }};
    case op::Activation::Kind::Sigmoid:
        return {at::sigmoid, at::sigmoid_};
    case op::Activation::Kind::Tanh:
        return {at::tanh, at::tanh_};
    case op::Activation::Kind::Hardswish:
        return {at::hardswish, at::hardswish_};
    case op::Activation::Kind::Hardsigmoid:
        return {at::hardsigmoid, at::hardsigmoid_};
    }
    return {at::relu, at::relu_};
}

/// Axes of a graph's value count behind the batch; those of a constant have none in front.
std::int64_t tensorAxis(const Value& value, std::int64_t axis)
{
    return value.batched ? axis + 1 : axis;
}

std::vector<std::int64_t> tensorShape(const Value& value)
{
    std::vector<std::int64_t> shape = value.shape;
    if (value.batched)
        shape.insert(shape.begin(), -1);
    return shape;
}

/// One call an operation; `out` is the node's output as inferred.
struct Maker {
    const Value& out;
    Tensors p;
    at::Device device;
    Statistics statistics;

    Kernel operator()(const op::Input&) const
    {
        return [](const Tensors& in) { return in[0]; };
    }
    Kernel operator()(const op::ParameterValue&) const
    {
        return [value = p[0]](const Tensors&) { return value; };
    }
    Kernel operator()(const op::Embedding&) const
    {
        return [weight = p[0]](const Tensors& in) { return at::embedding(weight, in[0]); };
    }
    Kernel operator()(const op::Conv2d& o) const
    {
        return [o, weight = p[0], bias = optional(p, 1)](const Tensors& in) {
            return at::conv2d(in[0], weight, bias, o.stride, o.padding, o.dilation, o.groups);
        };
    }
    Kernel operator()(const op::BatchNorm2d& o) const
    {
        return [o, p = p, isTraining = statistics == Statistics::Batch](const Tensors& in) {
            if (isTraining)
                p[4].add_(1);
            return at::batch_norm(in[0], p[0], p[1], p[2], p[3], isTraining, o.momentum, o.eps,
                                  at::globalContext().userEnabledCuDNN());
        };
    }
    Kernel operator()(const op::Linear& o) const
    {
        at::Tensor bias = optional(p, 1);
        if (o.keyBiasIsZero && bias.defined()) {
            bias = bias.clone();
            bias.slice(0, o.outFeatures / 3, o.outFeatures / 3 * 2).zero_();
        }
        return [weight = p[0], bias](const Tensors& in) { return at::linear(in[0], weight, bias); };
    }
    Kernel operator()(const op::LayerNorm& o) const
    {
        return [o, weight = p[0], bias = p[1]](const Tensors& in) {
            return at::layer_norm(in[0], {o.features}, weight, bias, o.eps);
        };
    }
    Kernel operator()(const op::Affine&) const
    {
        return [alpha = p[0], beta = p[1]](const Tensors& in) { return at::addcmul(beta, alpha, in[0]); };
    }
    Kernel operator()(const op::Activation& o) const
    {
        const ActivationFunctions functions = functionsOf(o.kind);
        if (!o.inPlace)
            return [make = functions.make](const Tensors& in) { return make(in[0]); };
        return [overwrite = functions.overwrite](const Tensors& in) {
            at::Tensor x = in[0];
            return overwrite(x);
        };
    }
    Kernel operator()(const op::MaxPool2d& o) const
    {
        return [o](const Tensors& in) {
            return at::max_pool2d(in[0], o.kernel, o.stride, o.padding, o.dilation, o.ceilMode);
        };
    }
    Kernel operator()(const op::AvgPool2d& o) const
    {
        return [o](const Tensors& in) {
            return at::avg_pool2d(in[0], o.kernel, o.stride, o.padding, o.ceilMode, o.countIncludePad);
        };
    }
    Kernel operator()(const op::AdaptiveAvgPool2d& o) const
    {
        return [o](const Tensors& in) { return at::adaptive_avg_pool2d(in[0], o.output); };
    }
    Kernel operator()(const op::Add& o) const
    {
        if (!o.inPlace)
            return [](const Tensors& in) { return at::add(in[0], in[1]); };
        return [](const Tensors& in) {
            at::Tensor x = in[0];
            return x.add_(in[1]);
        };
    }
    Kernel operator()(const op::Multiply&) const
    {
        return [](const Tensors& in) { return at::mul(in[0], in[1]); };
    }
    Kernel operator()(const op::Concat& o) const
    {
        return [axis = tensorAxis(out, o.axis)](const Tensors& in) { return at::cat(in, axis); };
    }
    Kernel operator()(const op::Flatten& o) const
    {
        return [axis = tensorAxis(out, o.startAxis)](const Tensors& in) { return at::flatten(in[0], axis); };
    }
    Kernel operator()(const op::Reshape&) const
    {
        return [shape = tensorShape(out)](const Tensors& in) { return in[0].reshape(shape); };
    }
    Kernel operator()(const op::Permute& o) const
    {
        std::vector<std::int64_t> order;
        if (out.batched)
            order.push_back(0);
        for (const std::int64_t axis : o.order)
            order.push_back(tensorAxis(out, axis));
        return [order](const Tensors& in) { return in[0].permute(order); };
    }
    Kernel operator()(const op::Slice& o) const
    {
        const std::int64_t axis = tensorAxis(out, o.axis);
        if (o.squeeze)
            return [axis, o](const Tensors& in) { return in[0].select(axis, o.begin); };
        return [axis, o](const Tensors& in) { return in[0].slice(axis, o.begin, o.end, o.step); };
    }
    Kernel operator()(const op::PadBottomRight& o) const
    {
        return [o](const Tensors& in) { return at::constant_pad_nd(in[0], {0, 0, 0, o.right, 0, o.bottom}); };
    }
    Kernel operator()(const op::Roll& o) const
    {
        return [o, axis = tensorAxis(out, 0)](const Tensors& in) {
            return at::roll(in[0], {o.shift[0], o.shift[1]}, {axis, axis + 1});
        };
    }
    Kernel operator()(const op::Mean& o) const
    {
        return [axis = tensorAxis(out, o.axis)](const Tensors& in) { return in[0].mean(axis); };
    }
    Kernel operator()(const op::ExpandToBatch&) const
    {
        return [](const Tensors& in) {
            std::vector<std::int64_t> shape(static_cast<std::size_t>(in[0].dim()), -1);
            shape[0] = in[1].size(0); // the network's input follows the constant
            return in[0].expand(shape);
        };
    }
    Kernel operator()(const op::WindowPartition& o) const
    {
        return [o](const Tensors& in) { return partitionWindows(in[0], o); };
    }
    Kernel operator()(const op::WindowReverse& o) const
    {
        return [o](const Tensors& in) { return reverseWindows(in[0], o); };
    }
    Kernel operator()(const op::RelativePositionBias& o) const
    {
        return [o, index = p[0]](const Tensors& in) { return relativePositionBias(o, in[0], index); };
    }
    Kernel operator()(const op::ShiftedWindowMask& o) const
    {
        return [o, options = at::TensorOptions().dtype(at::kFloat).device(device)](const Tensors&) {
            return shiftedWindowMask(o, options);
        };
    }
    Kernel operator()(const op::Attention& o) const { return attentionKernel(o, p); }
    Kernel operator()(const op::Sealed& o) const { return sealedKernel(o); }
};

} // namespace

Kernel makeKernel(const Node& node, Tensors parameters, at::Device device, Statistics statistics)
{
    return std::visit(Maker{node.output, std::move(parameters), device, statistics}, node.operation);
}

std::vector<NodeId> kernelInputs(const Node& node)
{
    constexpr NodeId kNetworkInput = 0;
    std::vector<NodeId> inputs = node.inputs;
    if (std::holds_alternative<op::ExpandToBatch>(node.operation))
        inputs.push_back(kNetworkInput);
    return inputs;
}

} // namespace lathe::engine
