#include "core/engine/torch/fused/plan_builder.h"

#include <ATen/InferSize.h>
#include <ATen/TensorUtils.h>

#include "core/engine/torch/fused/copy_step.h"

namespace lathe::engine {

bool isImage(const at::Tensor& x)
{
    return x.dim() == 4 && x.is_contiguous(kImage) && !x.is_contiguous();
}

at::Tensor plainImage(const at::Tensor& x)
{
    const std::int64_t c = x.size(1);
    return x.as_strided(x.sizes(), {x.size(2) * x.size(3) * c, 1, x.size(3) * c, c}, x.storage_offset());
}

at::Tensor PlanBuilder::allocate(at::IntArrayRef sizes, at::MemoryFormat format)
{
    return allocate(sizes, format, typeOf(m_kept));
}

at::Tensor PlanBuilder::allocate(at::IntArrayRef sizes, at::MemoryFormat format, at::ScalarType type)
{
    return m_memory.allocate(sizes, format, type);
}

at::Tensor PlanBuilder::quantized(NodeId node, const at::Tensor& x, const Grid& grid, at::MemoryFormat format)
{
    const at::Tensor y = allocate(x.sizes(), format, integerType(grid));
    m_steps.push_back({node, {x}, {y}, std::nullopt, [grid](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeQuantize(in[0], out[0], grid, workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::dequantized(NodeId node, const at::Tensor& x, const Grid& grid)
{
    const at::Tensor y = allocate(x.sizes(), isImage(x) ? kImage : kRowMajor, m_type);
    m_steps.push_back({node, {x}, {y}, std::nullopt, [grid](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeDequantize(in[0], grid, out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::cast(NodeId node, const at::Tensor& x, at::ScalarType type)
{
    const at::Tensor y = allocate(x.sizes(), isImage(x) ? kImage : kRowMajor, type);
    m_steps.push_back({node, {x}, {y}, std::nullopt, [](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeCopy(in[0], out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::allocateLike(const at::Tensor& x, at::IntArrayRef sizes)
{
    return allocate(sizes, isImage(x) && sizes.size() == 4 ? kImage : kRowMajor);
}

at::Tensor PlanBuilder::copied(NodeId node, const at::Tensor& x, at::MemoryFormat format)
{
    const at::Tensor y = allocate(x.sizes(), format, x.scalar_type());
    m_steps.push_back({node, {x}, {y}, std::nullopt, [](const Tensors& in, const Tensors& out, Workshop& workshop) {
                           return makeCopy(in[0], out[0], workshop);
                       }});
    return y;
}

at::Tensor PlanBuilder::image(NodeId node, const at::Tensor& x)
{
    return plainImage(x.is_contiguous(kImage) ? x : copied(node, x, kImage));
}

at::Tensor PlanBuilder::dense(NodeId node, const at::Tensor& x)
{
    return x.is_contiguous() ? x : copied(node, x, kRowMajor);
}

at::Tensor PlanBuilder::viewed(NodeId node, const at::Tensor& x, at::IntArrayRef sizes)
{
    const std::vector<std::int64_t> whole = at::infer_size(sizes, std::int64_t{x.numel()});
    if (at::detail::computeStride(x.sizes(), x.strides(), at::IntArrayRef(whole)))
        return x.view(whole);
    return copied(node, x, kRowMajor).view(whole);
}

at::Tensor PlanBuilder::rows(NodeId node, const at::Tensor& x)
{
    const at::Tensor whole = x.stride(-1) == 1 ? x : copied(node, x, kRowMajor);
    return viewed(node, whole, {-1, x.size(-1)});
}

} // namespace lathe::engine
