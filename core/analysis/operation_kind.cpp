#include "core/analysis/operation_kind.h"

namespace lathe {

namespace {

template <class... Fs> struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs> Overloaded(Fs...) -> Overloaded<Fs...>;

} // namespace

OperationKind kindOf(const Operation& operation)
{
    using Kind = OperationKind;
    return std::visit(
        Overloaded{
            [](const op::Conv2d& conv) { return conv.groups > 1 ? Kind::GroupedConvolution : Kind::Convolution; },
            [](const op::Linear&) { return Kind::MatrixProduct; },
            [](const op::Attention&) { return Kind::Attention; },
            [](const op::BatchNorm2d&) { return Kind::Normalisation; },
            [](const op::LayerNorm&) { return Kind::Normalisation; },
            [](const op::Affine&) { return Kind::Normalisation; },
            [](const op::Activation&) { return Kind::Activation; },
            [](const op::Add&) { return Kind::Elementwise; },
            [](const op::Multiply&) { return Kind::Elementwise; },
            [](const op::Mean&) { return Kind::Elementwise; },
            [](const op::MaxPool2d&) { return Kind::Elementwise; },
            [](const op::AvgPool2d&) { return Kind::Elementwise; },
            [](const op::AdaptiveAvgPool2d&) { return Kind::Elementwise; },
            [](const op::Sealed&) { return Kind::Sealed; },
            [](const auto&) { return Kind::Movement; },
        },
        operation);
}

std::string_view kindName(OperationKind kind)
{
    switch (kind) {
    case OperationKind::Convolution:
        return "Convolution";
    case OperationKind::GroupedConvolution:
        return "Grouped convolution";
    case OperationKind::MatrixProduct:
        return "Matrix product";
    case OperationKind::Attention:
        return "Attention";
    case OperationKind::Normalisation:
        return "Normalisation";
    case OperationKind::Activation:
        return "Activation";
    case OperationKind::Elementwise:
        return "Elementwise and pooling";
    case OperationKind::Movement:
        return "Data movement";
    case OperationKind::Sealed:
        return "Sealed network";
    }
    return {};
}

const std::vector<OperationKind>& allOperationKinds()
{
    using Kind = OperationKind;
    static const std::vector<Kind> all{Kind::Convolution, Kind::GroupedConvolution, Kind::MatrixProduct,
                                       Kind::Attention,   Kind::Normalisation,      Kind::Activation,
                                       Kind::Elementwise, Kind::Movement,           Kind::Sealed};
    return all;
}

} // namespace lathe
