#include "core/engine/torch/fused/grid.h"

#include "core/engine/torch/fused/onednn_step.h"

namespace lathe::engine {

namespace {

std::optional<Made> reorder(const at::Tensor& x, const at::Tensor& y, const onednn::Attributes& attributes,
                            Workshop& workshop)
{
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&desc, onednn::layoutOf(x).get(), onednn::engine(),
                                           onednn::layoutOf(y).get(), onednn::engine(), attributes.made().get());
    const auto bind = [&](onednn::Primitive& primitive) {
        primitive.bind(DNNL_ARG_FROM, x);
        primitive.bind(DNNL_ARG_TO, y);
        primitive.bind(attributes);
    };
    return oneDnnStep(status, desc, {}, bind, workshop);
}

Made named(Made made, const char* what)
{
    made.kernel = what;
    return made;
}

} // namespace

at::ScalarType integerType(const Grid& grid)
{
    return grid.integers.low < 0 ? at::kChar : at::kByte;
}

at::Tensor scaleOf(const Grid& grid)
{
    return at::full({1}, grid.scale, at::kFloat);
}

at::Tensor zeroPointOf(const Grid& grid)
{
    return at::full({1}, grid.zeroPoint, at::kInt);
}

Made makeQuantize(const at::Tensor& x, const at::Tensor& y, const at::Tensor& scale, const at::Tensor& zeroPoint,
                  Workshop& workshop)
{
    onednn::Attributes attributes;
    attributes.scales(DNNL_ARG_DST, 0, scale);
    attributes.zeroPoint(DNNL_ARG_DST, zeroPoint);
    if (const auto made = reorder(x, y, attributes, workshop))
        return named(*made, "quantize");
    const bool isSigned = y.scalar_type() == at::kChar;
    const auto run = [=] {
        y.copy_(at::clamp(at::round(x / scale) + zeroPoint, isSigned ? -128 : 0, isSigned ? 127 : 255));
    };
    return {run, "quantize", 0};
}

Made makeQuantize(const at::Tensor& x, const at::Tensor& y, const Grid& grid, Workshop& workshop)
{
    return makeQuantize(x, y, scaleOf(grid), zeroPointOf(grid), workshop);
}

Made makeDequantize(const at::Tensor& x, const Grid& grid, const at::Tensor& y, Workshop& workshop)
{
    onednn::Attributes attributes;
    attributes.scales(DNNL_ARG_SRC, 0, scaleOf(grid));
    attributes.zeroPoint(DNNL_ARG_SRC, zeroPointOf(grid));
    if (const auto made = reorder(x, y, attributes, workshop))
        return named(*made, "dequantize");
    const auto run = [=] { y.copy_((x.to(at::kFloat) - grid.zeroPoint) * grid.scale); };
    return {run, "dequantize", 0};
}

} // namespace lathe::engine
