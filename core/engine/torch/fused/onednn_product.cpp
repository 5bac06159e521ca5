#include "core/engine/torch/fused/onednn_product.h"

#include "core/engine/torch/fused/huge_memory.h"

namespace lathe::engine {

namespace {

using onednn::Primitive;

std::int64_t macsOf(const at::Tensor& weight, const at::Tensor& y)
{
    return y.numel() * (weight.numel() / y.size(1));
}

std::optional<Primitive> primitive(const Describe& describe, const onednn::Attributes& attributes, int skip)
{
    dnnl_primitive_desc_t desc = nullptr;
    if (describe(&desc, attributes.made().get()) != dnnl_success)
        return std::nullopt;
    onednn::Owned<dnnl_primitive_desc_t> owned(desc);
    for (int i = 0; i < skip; ++i)
        if (dnnl_primitive_desc_next_impl(owned.get()) != dnnl_success)
            return std::nullopt;
    Primitive made(owned.release());
    if (made.isReference())
        return std::nullopt;
    return made;
}

std::shared_ptr<std::byte> packed(const Primitive& primitive, const at::Tensor& weight)
{
    const auto wanted = primitive.layout(dnnl_query_weights_md);
    auto memory = hugeMemory(onednn::byteSize(wanted));
    onednn::reorder(onednn::layoutOf(weight).get(), weight.const_data_ptr(), wanted, memory.get());
    return memory;
}

onednn::Layout weightLayout(const Operands& o)
{
    return onednn::anyLayout(o.weight.sizes(), o.integers ? at::kChar : o.x.scalar_type());
}

onednn::Attributes attributesOf(const Operands& o)
{
    onednn::Attributes attributes = postOps(o.finishes, o.y);
    if (!o.integers)
        return attributes;
    attributes.scales(DNNL_ARG_SRC, 0, o.integers->xScale);
    attributes.zeroPoint(DNNL_ARG_SRC, o.integers->xZeroPoint);
    attributes.scales(DNNL_ARG_WEIGHTS, o.integers->weightMask, o.integers->weightScales);
    if (o.integers->y) {
        attributes.scales(DNNL_ARG_DST, 0, scaleOf(*o.integers->y));
        attributes.zeroPoint(DNNL_ARG_DST, zeroPointOf(*o.integers->y));
    }
    return attributes;
}

/// Integers are added where the output is to be; those that lie elsewhere are brought there first.
std::vector<at::Tensor> addendsToBring(const Operands& o)
{
    std::vector<at::Tensor> elsewhere;
    for (const Finish& finish : o.finishes)
        if (finish.grid && !liesOver(o.y, finish.addend))
            elsewhere.push_back(finish.addend);
    return elsewhere;
}

} // namespace

std::optional<Made> oneDnnProduct(const Describe& describe, const Operands& o, Workshop& workshop, int skip)
{
    const std::vector<at::Tensor> brought = addendsToBring(o);
    if (brought.size() > 1)
        return std::nullopt;
    const onednn::Attributes attributes = attributesOf(o);
    auto found = primitive(describe, attributes, skip);
    if (!found)
        return std::nullopt;
    const auto made = std::make_shared<Primitive>(std::move(*found));
    const auto weight = packed(*made, o.weight);
    made->bind(DNNL_ARG_SRC, o.x);
    made->bind(DNNL_ARG_WEIGHTS, made->layout(dnnl_query_weights_md), weight.get());
    if (o.bias.defined())
        made->bind(DNNL_ARG_BIAS, o.bias);
    made->bind(DNNL_ARG_DST, o.y);
    made->bind(attributes);
    made->bindScratch(workshop.scratch(made->scratchBytes()));
    std::function<void()> run = [made, weight] { made->run(); };
    if (!brought.empty())
        run = [compute = run, from = brought.front(), y = o.y] {
            y.copy_(from);
            compute();
        };
    return Made{run, made->implementation(), macsOf(o.weight, o.y)};
}

Describe convolutionBy(const op::Conv2d& conv, const Operands& o)
{
    return [&conv, &o](dnnl_primitive_desc_t* desc, const_dnnl_primitive_attr_t attributes) {
        std::array<std::int64_t, 2> dilation{};
        std::array<std::int64_t, 2> after{}; // padding behind the last row and column
        for (std::size_t i = 0; i < 2; ++i) {
            dilation[i] = conv.dilation[i] - 1;
            const auto axis = static_cast<std::int64_t>(i) + 2;
            after[i] = (o.y.size(axis) - 1) * conv.stride[i] + (conv.kernel[i] - 1) * conv.dilation[i] + 1 -
                       o.x.size(axis) - conv.padding[i];
        }
        const auto bias = o.bias.defined() ? onednn::layoutOf(o.bias) : nullptr;
        return dnnl_convolution_forward_primitive_desc_create(
            desc, onednn::engine(), dnnl_forward_inference, dnnl_convolution_direct, onednn::layoutOf(o.x).get(),
            weightLayout(o).get(), bias.get(), onednn::layoutOf(o.y).get(), conv.stride.data(), dilation.data(),
            conv.padding.data(), after.data(), attributes);
    };
}

Describe matrixProductOf(const Operands& o)
{
    return [&o](dnnl_primitive_desc_t* desc, const_dnnl_primitive_attr_t attributes) {
        const auto bias = o.bias.defined() ? onednn::layoutOf(o.bias) : nullptr;
        return dnnl_matmul_primitive_desc_create(desc, onednn::engine(), onednn::layoutOf(o.x).get(),
                                                 weightLayout(o).get(), bias.get(), onednn::layoutOf(o.y).get(),
                                                 attributes);
    };
}

Describe innerProductOf(const Operands& o)
{
    return [&o](dnnl_primitive_desc_t* desc, const_dnnl_primitive_attr_t attributes) {
        const auto bias = o.bias.defined() ? onednn::layoutOf(o.bias) : nullptr;
        return dnnl_inner_product_forward_primitive_desc_create(desc, onednn::engine(), dnnl_forward_inference,
                                                                onednn::layoutOf(o.x).get(), weightLayout(o).get(),
                                                                bias.get(), onednn::layoutOf(o.y).get(), attributes);
    };
}

} // namespace lathe::engine
