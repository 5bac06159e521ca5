#include "core/engine/torch/operation_formulas.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/enum_tag.h>

#include "core/engine/torch/free_operations.h"

namespace lathe::engine {

namespace {

using Inputs = c10::ArrayRef<const c10::IValue>;
using Kind = OperationRule::Kind;

at::Tensor tensorAt(Inputs inputs, std::size_t i)
{
    return inputs[i].toTensor();
}

/// Every output element is a sum over the filter of its output channel.
std::int64_t filterSize(const at::Tensor& weight)
{
    return weight.size(0) == 0 ? 0 : weight.numel() / weight.size(0);
}

/// [.., n, k] by [.., k, m], or vectors in place of either.
std::int64_t product(const at::Tensor& a, const at::Tensor& b)
{
    return b.dim() < 2 ? a.numel() : a.numel() * b.size(-1);
}

std::int64_t firstTwo(Inputs inputs)
{
    return product(tensorAt(inputs, 0), tensorAt(inputs, 1));
}

/// The first input is added to the product of the next two.
std::int64_t nextTwo(Inputs inputs)
{
    return product(tensorAt(inputs, 1), tensorAt(inputs, 2));
}

/// x [.., in] by weight [out, in].
std::int64_t transposedWeight(Inputs inputs)
{
    return tensorAt(inputs, 0).numel() * tensorAt(inputs, 1).size(0);
}

std::int64_t convolutionFilter(Inputs inputs)
{
    return filterSize(tensorAt(inputs, 1));
}

/// aten::convolution(input, weight, bias, stride, padding, dilation, transposed, ...). A transposed one spreads each
/// element of its input over a filter.
bool isTransposed(Inputs inputs)
{
    return inputs.size() > 6 && inputs[6].isBool() && inputs[6].toBool();
}

std::int64_t transposedConvolution(Inputs inputs)
{
    return tensorAt(inputs, 0).numel() * filterSize(tensorAt(inputs, 1));
}

/// Queries [.., L, E], keys [.., S, E], values [.., S, V]: q k^T and the product with v.
std::int64_t attention(Inputs inputs)
{
    const at::Tensor q = tensorAt(inputs, 0);
    const at::Tensor v = tensorAt(inputs, 2);
    const std::int64_t rows = q.size(-1) == 0 ? 0 : q.numel() / q.size(-1);
    return rows * v.size(-2) * (q.size(-1) + v.size(-1));
}

/// aten::_native_multi_head_attention(query, key, value, width, heads, ...) with its projections: query, key and value
/// [batch, L, width].
std::int64_t projectedAttention(Inputs inputs)
{
    const at::Tensor x = tensorAt(inputs, 0);
    const std::int64_t width = inputs[3].toInt();
    return x.numel() * width * 4 + 2 * x.numel() * x.size(-2);
}

using Formulas = std::unordered_map<std::string_view, OperationRule>;

const Formulas& formulas()
{
    const OperationRule convolution{Kind::Products, convolutionFilter, true};
    const OperationRule sum{Kind::Products, nextTwo};
    const OperationRule plain{Kind::Products, firstTwo};
    const OperationRule linear{Kind::Products, transposedWeight};
    const OperationRule fusedAttention{Kind::Products, attention};
    static const Formulas known{
        {"aten::convolution", convolution},
        {"aten::_convolution", convolution},
        {"aten::mkldnn_convolution", convolution},
        {"mkldnn::_convolution_pointwise", convolution},
        {"aten::mm", plain},
        {"aten::bmm", plain},
        {"aten::mv", plain},
        {"aten::dot", plain},
        {"aten::vdot", plain},
        {"aten::addmm", sum},
        {"aten::addmm_", sum},
        {"aten::_addmm_activation", sum},
        {"aten::addmv", sum},
        {"aten::addmv_", sum},
        {"aten::addbmm", sum},
        {"aten::addbmm_", sum},
        {"aten::baddbmm", sum},
        {"aten::baddbmm_", sum},
        {"aten::mkldnn_linear", linear},
        {"mkldnn::_linear_pointwise", linear},
        {"aten::_scaled_dot_product_flash_attention_for_cpu", fusedAttention},
        {"aten::_scaled_dot_product_flash_attention", fusedAttention},
        {"aten::_scaled_dot_product_efficient_attention", fusedAttention},
        {"aten::_scaled_dot_product_cudnn_attention", fusedAttention},
        {"aten::_scaled_dot_product_fused_attention_overrideable", fusedAttention},
        {"aten::_native_multi_head_attention", {Kind::Products, projectedAttention}},
    };
    return known;
}

/// Looks at the memory of an input, unchanged.
bool isView(const c10::FunctionSchema& schema)
{
    const auto sees = [](const c10::Argument& result) {
        return result.alias_info() != nullptr && !result.alias_info()->isWrite();
    };
    return !schema.returns().empty() && std::all_of(schema.returns().begin(), schema.returns().end(), sees);
}

bool isElementwise(const c10::OperatorHandle& handle)
{
    return handle.hasTag(at::Tag::pointwise);
}

/// Where LibTorch says nothing about products: by what its dispatcher knows.
Kind kindOf(const c10::OperatorHandle& handle)
{
    if (isElementwise(handle) || isView(handle.schema()))
        return Kind::Free;
    if (handle.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd))
        return Kind::Assembled;
    return Kind::Unknown;
}

Kind lookUp(const c10::OperatorName& name)
{
    if (isKnownToBeFree(name.name))
        return Kind::Free;
    const auto handle = c10::Dispatcher::singleton().findSchema(name);
    return handle ? kindOf(*handle) : Kind::Unknown;
}

} // namespace

OperationRule ruleOf(const at::RecordFunction& function, Inputs inputs)
{
    const auto formula = formulas().find(function.name());
    if (formula != formulas().end()) {
        if (formula->second.perOutputElement && isTransposed(inputs))
            return {Kind::Products, transposedConvolution};
        return formula->second;
    }
    const auto name = function.operator_name();
    return {name ? lookUp(*name) : Kind::Unknown};
}

} // namespace lathe::engine
