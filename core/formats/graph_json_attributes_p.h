#pragma once

// Private to core/formats: which attributes an operation has in a graph's JSON.
//
// One function an operation, `attributes(visitor, operation, usual)`, names each attribute once; writing and reading
// are two visitors. The operation's struct without a function here does not compile. Names are PyTorch's, but for
// axes, which count without the batch here.
//
//   visitor.required(name, value, least)          has to be there; `least` is the smallest that can be
//   visitor.optional(name, value, usual, least)   `usual` where it is left out
//   visitor.implied(name, value, extent)          an extent of the first input where it is left out

#include "core/formats/graph_json_values_p.h"

namespace lathe::graphjson {

/// Of the first input.
enum class Extent { First, Last };

template <class Visitor> void attributes(Visitor&, op::Input&, const op::Input&) {}
template <class Visitor> void attributes(Visitor&, op::ParameterValue&, const op::ParameterValue&) {}
template <class Visitor> void attributes(Visitor&, op::Multiply&, const op::Multiply&) {}
/// Has no form as text; neither written nor read.
template <class Visitor> void attributes(Visitor&, op::Sealed&, const op::Sealed&) {}
template <class Visitor> void attributes(Visitor&, op::ExpandToBatch&, const op::ExpandToBatch&) {}

template <class Visitor> void attributes(Visitor& visitor, op::Embedding& o, const op::Embedding&)
{
    visitor.required("num_embeddings", o.entries);
    visitor.required("embedding_dim", o.width);
}

template <class Visitor> void attributes(Visitor& visitor, op::Conv2d& o, const op::Conv2d& usual)
{
    visitor.implied("in_channels", o.inChannels, Extent::First);
    visitor.required("out_channels", o.outChannels);
    visitor.required("kernel_size", o.kernel);
    visitor.optional("stride", o.stride, usual.stride);
    visitor.optional("padding", o.padding, usual.padding, 0);
    visitor.optional("dilation", o.dilation, usual.dilation);
    visitor.optional("groups", o.groups, usual.groups);
    visitor.optional("bias", o.bias, usual.bias);
}

template <class Visitor> void attributes(Visitor& visitor, op::BatchNorm2d& o, const op::BatchNorm2d& usual)
{
    visitor.implied("num_features", o.channels, Extent::First);
    visitor.optional("eps", o.eps, usual.eps);
    visitor.optional("momentum", o.momentum, usual.momentum);
}

template <class Visitor> void attributes(Visitor& visitor, op::Linear& o, const op::Linear& usual)
{
    visitor.implied("in_features", o.inFeatures, Extent::Last);
    visitor.required("out_features", o.outFeatures);
    visitor.optional("bias", o.bias, usual.bias);
    visitor.optional("key_bias_is_zero", o.keyBiasIsZero, usual.keyBiasIsZero);
}

template <class Visitor> void attributes(Visitor& visitor, op::LayerNorm& o, const op::LayerNorm& usual)
{
    visitor.implied("normalized_shape", o.features, Extent::Last);
    visitor.optional("eps", o.eps, usual.eps);
}

template <class Visitor> void attributes(Visitor& visitor, op::Affine& o, const op::Affine&)
{
    visitor.implied("features", o.features, Extent::Last);
}

/// Which one it is, is the operation's name.
template <class Visitor> void attributes(Visitor& visitor, op::Activation& o, const op::Activation& usual)
{
    visitor.optional("inplace", o.inPlace, usual.inPlace);
}

template <class Visitor> void attributes(Visitor& visitor, op::MaxPool2d& o, const op::MaxPool2d& usual)
{
    visitor.required("kernel_size", o.kernel);
    visitor.optional("stride", o.stride, o.kernel);
    visitor.optional("padding", o.padding, usual.padding, 0);
    visitor.optional("dilation", o.dilation, usual.dilation);
    visitor.optional("ceil_mode", o.ceilMode, usual.ceilMode);
}

template <class Visitor> void attributes(Visitor& visitor, op::AvgPool2d& o, const op::AvgPool2d& usual)
{
    visitor.required("kernel_size", o.kernel);
    visitor.optional("stride", o.stride, o.kernel);
    visitor.optional("padding", o.padding, usual.padding, 0);
    visitor.optional("ceil_mode", o.ceilMode, usual.ceilMode);
    visitor.optional("count_include_pad", o.countIncludePad, usual.countIncludePad);
}

template <class Visitor> void attributes(Visitor& visitor, op::AdaptiveAvgPool2d& o, const op::AdaptiveAvgPool2d& usual)
{
    visitor.optional("output_size", o.output, usual.output);
}

template <class Visitor> void attributes(Visitor& visitor, op::Add& o, const op::Add& usual)
{
    visitor.optional("inplace", o.inPlace, usual.inPlace);
}

template <class Visitor> void attributes(Visitor& visitor, op::Concat& o, const op::Concat& usual)
{
    visitor.optional("axis", o.axis, usual.axis, 0);
}

template <class Visitor> void attributes(Visitor& visitor, op::Flatten& o, const op::Flatten& usual)
{
    visitor.optional("start_axis", o.startAxis, usual.startAxis, 0);
}

template <class Visitor> void attributes(Visitor& visitor, op::Reshape& o, const op::Reshape&)
{
    visitor.required("shape", o.shape, -1);
}

template <class Visitor> void attributes(Visitor& visitor, op::Permute& o, const op::Permute&)
{
    visitor.required("order", o.order, 0);
}

template <class Visitor> void attributes(Visitor& visitor, op::Slice& o, const op::Slice& usual)
{
    visitor.optional("axis", o.axis, usual.axis, 0);
    visitor.optional("begin", o.begin, usual.begin, 0);
    visitor.required("end", o.end);
    visitor.optional("step", o.step, usual.step);
    visitor.optional("squeeze", o.squeeze, usual.squeeze);
}

template <class Visitor> void attributes(Visitor& visitor, op::PadBottomRight& o, const op::PadBottomRight& usual)
{
    visitor.optional("bottom", o.bottom, usual.bottom, 0);
    visitor.optional("right", o.right, usual.right, 0);
}

template <class Visitor> void attributes(Visitor& visitor, op::Roll& o, const op::Roll&)
{
    visitor.required("shifts", o.shift, -kLargestSize);
}

template <class Visitor> void attributes(Visitor& visitor, op::Mean& o, const op::Mean& usual)
{
    visitor.optional("axis", o.axis, usual.axis, 0);
}

template <class Visitor> void attributes(Visitor& visitor, op::WindowPartition& o, const op::WindowPartition& usual)
{
    visitor.required("window_size", o.size);
    visitor.optional("channels_first", o.channelsFirst, usual.channelsFirst);
}

template <class Visitor> void attributes(Visitor& visitor, op::WindowReverse& o, const op::WindowReverse& usual)
{
    visitor.required("window_size", o.size);
    visitor.required("height", o.height);
    visitor.required("width", o.width);
    visitor.optional("channels_first", o.channelsFirst, usual.channelsFirst);
}

template <class Visitor>
void attributes(Visitor& visitor, op::RelativePositionBias& o, const op::RelativePositionBias& usual)
{
    visitor.required("num_heads", o.heads);
    visitor.required("positions", o.positions);
    visitor.optional("sixteen_sigmoid", o.sixteenSigmoid, usual.sixteenSigmoid);
}

template <class Visitor> void attributes(Visitor& visitor, op::ShiftedWindowMask& o, const op::ShiftedWindowMask&)
{
    visitor.required("height", o.height);
    visitor.required("width", o.width);
    visitor.required("window_size", o.window);
    visitor.required("shift_size", o.shift, 0);
}

template <class Visitor> void attributes(Visitor& visitor, op::Attention& o, const op::Attention& usual)
{
    visitor.required("num_heads", o.heads);
    visitor.optional("kind", o.kind, usual.kind);
    visitor.optional("bias", o.hasBias, usual.hasBias);
    visitor.optional("mask", o.hasMask, usual.hasMask);
    visitor.optional("scale", o.scale, usual.scale);
    visitor.optional("separate", o.separate, usual.separate);
}

} // namespace lathe::graphjson
