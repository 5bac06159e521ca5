#include "core/graph/operations.h"

namespace lathe {

namespace {

std::string_view activationName(op::Activation::Kind kind)
{
    switch (kind) {
    case op::Activation::Kind::ReLU:
        return "ReLU";
    case op::Activation::Kind::ReLU6:
        return "ReLU6";
    case op::Activation::Kind::SiLU:
        return "SiLU";
    case op::Activation::Kind::GELU:
        return "GELU";
    case op::Activation::Kind::Sigmoid:
        return "Sigmoid";
    case op::Activation::Kind::Tanh:
        return "Tanh";
    case op::Activation::Kind::Hardswish:
        return "Hardswish";
    case op::Activation::Kind::Hardsigmoid:
        return "Hardsigmoid";
    }
    return "Activation";
}

struct Namer {
    std::string_view operator()(const op::Activation& o) const { return activationName(o.kind); }
    std::string_view operator()(const op::Input&) const { return "Input"; }
    std::string_view operator()(const op::ParameterValue&) const { return "Parameter"; }
    std::string_view operator()(const op::Embedding&) const { return "Embedding"; }
    std::string_view operator()(const op::Conv2d&) const { return "Conv2d"; }
    std::string_view operator()(const op::BatchNorm2d&) const { return "BatchNorm2d"; }
    std::string_view operator()(const op::Linear&) const { return "Linear"; }
    std::string_view operator()(const op::LayerNorm&) const { return "LayerNorm"; }
    std::string_view operator()(const op::Affine&) const { return "Affine"; }
    std::string_view operator()(const op::MaxPool2d&) const { return "MaxPool2d"; }
    std::string_view operator()(const op::AvgPool2d&) const { return "AvgPool2d"; }
    std::string_view operator()(const op::AdaptiveAvgPool2d&) const { return "AdaptiveAvgPool2d"; }
    std::string_view operator()(const op::Add&) const { return "Add"; }
    std::string_view operator()(const op::Multiply&) const { return "Multiply"; }
    std::string_view operator()(const op::Concat&) const { return "Concat"; }
    std::string_view operator()(const op::Flatten&) const { return "Flatten"; }
    std::string_view operator()(const op::Reshape&) const { return "Reshape"; }
    std::string_view operator()(const op::Permute&) const { return "Permute"; }
    std::string_view operator()(const op::Slice&) const { return "Slice"; }
    std::string_view operator()(const op::PadBottomRight&) const { return "Pad"; }
    std::string_view operator()(const op::Roll&) const { return "Roll"; }
    std::string_view operator()(const op::Mean&) const { return "Mean"; }
    std::string_view operator()(const op::ExpandToBatch&) const { return "Expand"; }
    std::string_view operator()(const op::WindowPartition&) const { return "WindowPartition"; }
    std::string_view operator()(const op::WindowReverse&) const { return "WindowReverse"; }
    std::string_view operator()(const op::RelativePositionBias&) const { return "RelativePositionBias"; }
    std::string_view operator()(const op::ShiftedWindowMask&) const { return "ShiftedWindowMask"; }
    std::string_view operator()(const op::Attention&) const { return "Attention"; }
    std::string_view operator()(const op::Sealed&) const { return "Sealed"; }
};

struct StorageOf {
    Storage operator()(const op::Activation& o) const { return o.inPlace ? Storage::Same : Storage::Own; }
    Storage operator()(const op::Add& o) const { return o.inPlace ? Storage::Same : Storage::Own; }
    Storage operator()(const op::ParameterValue&) const { return Storage::View; }
    Storage operator()(const op::Flatten&) const { return Storage::View; }
    Storage operator()(const op::Reshape&) const { return Storage::View; }
    Storage operator()(const op::Permute&) const { return Storage::View; }
    Storage operator()(const op::Slice&) const { return Storage::View; }
    Storage operator()(const op::ExpandToBatch&) const { return Storage::View; }
    template <class Op> Storage operator()(const Op&) const { return Storage::Own; }
};

} // namespace

std::string_view operationName(const Operation& operation)
{
    return std::visit(Namer{}, operation);
}

Storage storageOf(const Operation& operation)
{
    return std::visit(StorageOf{}, operation);
}

} // namespace lathe
