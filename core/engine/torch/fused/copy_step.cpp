#include "core/engine/torch/fused/copy_step.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/torch/fused/onednn_step.h"

namespace lathe::engine {

namespace {

using onednn::Primitive;

std::string keyOf(const at::Tensor& x)
{
    return fmt::format(" {} {} {}", c10::toString(x.scalar_type()), fmt::join(x.sizes(), "x"),
                       fmt::join(x.strides(), ","));
}

std::optional<Made> reorder(const at::Tensor& x, const at::Tensor& y, Workshop& workshop)
{
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status = dnnl_reorder_primitive_desc_create(&desc, onednn::layoutOf(x).get(), onednn::engine(),
                                                                    onednn::layoutOf(y).get(), onednn::engine(),
                                                                    onednn::Attributes().made().get());
    const auto bind = [&](Primitive& primitive) {
        primitive.bind(DNNL_ARG_FROM, x);
        primitive.bind(DNNL_ARG_TO, y);
    };
    return oneDnnStep(status, desc, {}, bind, workshop);
}

std::optional<Made> concatenation(const Tensors& inputs, std::int64_t axis, const at::Tensor& y, Workshop& workshop)
{
    std::vector<onednn::Layout> layouts;
    std::vector<const_dnnl_memory_desc_t> sources;
    for (const at::Tensor& input : inputs)
        sources.push_back(layouts.emplace_back(onednn::layoutOf(input)).get());
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status = dnnl_concat_primitive_desc_create(
        &desc, onednn::engine(), onednn::layoutOf(y).get(), static_cast<int>(inputs.size()), static_cast<int>(axis),
        sources.data(), onednn::Attributes().made().get());
    const auto bind = [&](Primitive& primitive) {
        for (std::size_t i = 0; i < inputs.size(); ++i)
            primitive.bind(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), inputs[i]);
        primitive.bind(DNNL_ARG_DST, y);
    };
    return oneDnnStep(status, desc, {}, bind, workshop);
}

std::optional<Made> binary(bool product, const at::Tensor& a, const at::Tensor& b, const at::Tensor& y,
                           Workshop& workshop)
{
    if (a.dim() != y.dim() || b.dim() != y.dim())
        return std::nullopt;
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status = dnnl_binary_primitive_desc_create(
        &desc, onednn::engine(), product ? dnnl_binary_mul : dnnl_binary_add, onednn::layoutOf(a).get(),
        onednn::layoutOf(b).get(), onednn::layoutOf(y).get(), onednn::Attributes().made().get());
    const auto bind = [&](Primitive& primitive) {
        primitive.bind(DNNL_ARG_SRC_0, a);
        primitive.bind(DNNL_ARG_SRC_1, b);
        primitive.bind(DNNL_ARG_DST, y);
    };
    return oneDnnStep(status, desc, {}, bind, workshop);
}

Made libTorch(std::function<void()> run, const char* kernel)
{
    return {std::move(run), kernel, 0};
}

} // namespace

Made makeCopy(const at::Tensor& x, const at::Tensor& y, Workshop& workshop)
{
    const auto own = [=] {
        at::Tensor out = y;
        out.copy_(x);
    };
    return workshop.fastest(
        "copy" + keyOf(x) + keyOf(y),
        {[&] { return reorder(x, y, workshop); }, [&] { return std::optional(libTorch(own, "aten::copy_")); }});
}

Made makeConcat(const Tensors& inputs, std::int64_t axis, const at::Tensor& y, Workshop& workshop)
{
    const auto own = [=] {
        at::Tensor out = y;
        at::cat_out(out, inputs, axis);
    };
    std::string key = fmt::format("concat {}", axis);
    for (const at::Tensor& input : inputs)
        key += keyOf(input);
    return workshop.fastest(key, {[&] { return concatenation(inputs, axis, y, workshop); },
                                  [&] { return std::optional(libTorch(own, "aten::cat")); }});
}

Made makeSumOrProduct(bool product, const at::Tensor& a, const at::Tensor& b, const at::Tensor& y, Workshop& workshop)
{
    const auto own = [=] {
        at::Tensor out = y;
        if (product)
            at::mul_out(out, a, b);
        else
            at::add_out(out, a, b);
    };
    return workshop.fastest(fmt::format("{}{}{}{}", product ? "product" : "sum", keyOf(a), keyOf(b), keyOf(y)),
                            {[&] { return binary(product, a, b, y, workshop); },
                             [&] { return std::optional(libTorch(own, product ? "aten::mul" : "aten::add")); }});
}

} // namespace lathe::engine
