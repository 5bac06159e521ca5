#include "core/engine/torch/fused/elementwise.h"

#include <ATen/native/layer_norm.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/torch/fused/epilogue.h"
#include "core/engine/torch/fused/on_floats.h"
#include "core/engine/torch/fused/onednn_step.h"

namespace lathe::engine {

namespace {

using onednn::Primitive;

std::string keyOf(std::string_view what, const at::Tensor& x)
{
    return fmt::format("{} {} {} {}", what, c10::toString(x.scalar_type()), fmt::join(x.sizes(), "x"),
                       fmt::join(x.strides(), ","));
}

Bind sourceAndTarget(const at::Tensor& x, const at::Tensor& y)
{
    return [x, y](Primitive& primitive) {
        primitive.bind(DNNL_ARG_SRC, x);
        primitive.bind(DNNL_ARG_DST, y);
    };
}

std::optional<Made> oneDnnPooling(const Pooling& pooling, const at::Tensor& x, const at::Tensor& y, Workshop& workshop)
{
    std::array<std::int64_t, 2> dilation{};
    std::array<std::int64_t, 2> after{};
    for (std::size_t i = 0; i < 2; ++i) {
        dilation[i] = pooling.dilation[i] - 1;
        const auto axis = static_cast<std::int64_t>(i) + 2;
        after[i] = (y.size(axis) - 1) * pooling.stride[i] + (pooling.kernel[i] - 1) * pooling.dilation[i] + 1 -
                   x.size(axis) - pooling.padding[i];
    }
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status = dnnl_pooling_forward_primitive_desc_create(
        &desc, onednn::engine(), dnnl_forward_inference, pooling.algorithm, onednn::layoutOf(x).get(),
        onednn::layoutOf(y).get(), pooling.stride.data(), pooling.kernel.data(), dilation.data(),
        pooling.padding.data(), after.data(), onednn::Attributes().made().get());
    return oneDnnStep(status, desc, {}, sourceAndTarget(x, y), workshop);
}

bool isWhole(const Pooling& pooling, const at::Tensor& x)
{
    return pooling.algorithm != dnnl_pooling_max && pooling.kernel == op::Size2{x.size(2), x.size(3)};
}

std::optional<Made> oneDnnLayerNorm(const at::Tensor& weight, const at::Tensor& bias, double eps, const at::Tensor& x,
                                    const at::Tensor& y, Workshop& workshop)
{
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status = dnnl_layer_normalization_forward_primitive_desc_create(
        &desc, onednn::engine(), dnnl_forward_inference, onednn::layoutOf(x).get(), onednn::layoutOf(y).get(), nullptr,
        static_cast<float>(eps), dnnl_use_scale | dnnl_use_shift, onednn::Attributes().made().get());
    const auto bind = [&](Primitive& primitive) {
        sourceAndTarget(x, y)(primitive);
        primitive.bind(DNNL_ARG_SCALE, weight);
        primitive.bind(DNNL_ARG_SHIFT, bias);
    };
    return oneDnnStep(status, desc, {weight, bias}, bind, workshop);
}

std::optional<Made> libTorchLayerNorm(const at::Tensor& weight, const at::Tensor& bias, double eps, const at::Tensor& x,
                                      const at::Tensor& y)
{
    const std::int64_t features = x.size(-1);
    const std::int64_t rows = x.numel() / features;
    const at::Tensor mean = at::empty({rows}, at::kFloat);
    const at::Tensor deviation = at::empty_like(mean);
    const auto run = [=] {
        at::Tensor out = y;
        at::Tensor means = mean;
        at::Tensor deviations = deviation;
        at::native::LayerNormKernel(at::kCPU, x, weight, bias, rows, features, eps, &out, &means, &deviations);
    };
    return Made{run, "aten::native_layer_norm", 0};
}

} // namespace

Made makePooling(const Pooling& pooling, const at::Tensor& x, const at::Tensor& y, Workshop& workshop)
{
    std::vector<Workshop::Way> ways{[&] { return oneDnnPooling(pooling, x, y, workshop); },
                                    [&] {
                                        const auto make = [&](const Tensors& in, const at::Tensor& out) {
                                            return std::optional(makePooling(pooling, in[0], out, workshop));
                                        };
                                        return onFloats({x}, y, workshop, make);
                                    }};
    if (isWhole(pooling, x))
        ways.emplace_back([&] {
            const auto run = [x, y] {
                at::Tensor out = y;
                at::mean_out(out, x, at::IntArrayRef{2, 3}, true);
            };
            return std::optional(Made{run, "aten::mean", 0});
        });
    const std::string key = fmt::format("{} {} {} {} {} {}", keyOf("pool", x), static_cast<int>(pooling.algorithm),
                                        fmt::join(pooling.kernel, "x"), fmt::join(pooling.stride, "x"),
                                        fmt::join(pooling.padding, "x"), fmt::join(pooling.dilation, "x"));
    return workshop.fastest(key, ways);
}

Made makeChannelScale(const at::Tensor& scale, const at::Tensor& shift, bool relu, const at::Tensor& x,
                      const at::Tensor& y, Workshop& workshop)
{
    const auto oneDnn = [&] {
        dnnl_primitive_desc_t desc = nullptr;
        const unsigned finish = relu ? static_cast<unsigned>(dnnl_fuse_norm_relu) : 0U;
        const unsigned flags = dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift | finish;
        const dnnl_status_t status = dnnl_batch_normalization_forward_primitive_desc_create(
            &desc, onednn::engine(), dnnl_forward_inference, onednn::layoutOf(x).get(), onednn::layoutOf(y).get(), 0.0F,
            flags, onednn::Attributes().made().get());
        const at::Tensor mean = at::zeros_like(scale);
        const at::Tensor variance = at::ones_like(scale);
        const auto bind = [&](Primitive& primitive) {
            sourceAndTarget(x, y)(primitive);
            primitive.bind(DNNL_ARG_MEAN, mean);
            primitive.bind(DNNL_ARG_VARIANCE, variance);
            primitive.bind(DNNL_ARG_SCALE, scale);
            primitive.bind(DNNL_ARG_SHIFT, shift);
        };
        return oneDnnStep(status, desc, {mean, variance, scale, shift}, bind, workshop);
    };
    const auto libTorch = [&]() -> std::optional<Made> {
        if (x.scalar_type() != at::kFloat)
            return onFloats({x}, y, workshop, [&](const Tensors& in, const at::Tensor& out) {
                return std::optional(makeChannelScale(scale, shift, relu, in[0], out, workshop));
            });
        const auto run = [x, y, relu, factor = scale.view({-1, 1, 1}), offset = shift.view({-1, 1, 1})] {
            at::Tensor out = y;
            at::addcmul_out(out, offset, x, factor);
            if (relu)
                out.relu_();
        };
        return Made{run, "aten::addcmul", 0};
    };
    return workshop.fastest(keyOf(relu ? "scale relu" : "scale", x), {oneDnn, libTorch});
}

Made makeLayerNorm(const at::Tensor& weight, const at::Tensor& bias, double eps, const at::Tensor& x,
                   const at::Tensor& y, Workshop& workshop)
{
    return workshop.fastest(keyOf("layer norm", x), {[&] { return oneDnnLayerNorm(weight, bias, eps, x, y, workshop); },
                                                     [&] { return libTorchLayerNorm(weight, bias, eps, x, y); }});
}

Made makeActivation(op::Activation::Kind kind, const at::Tensor& x, const at::Tensor& y, Workshop& workshop)
{
    const OneDnnActivation known = oneDnnActivation(kind);
    dnnl_primitive_desc_t desc = nullptr;
    const dnnl_status_t status = dnnl_eltwise_forward_primitive_desc_create(
        &desc, onednn::engine(), dnnl_forward_inference, known.algorithm, onednn::layoutOf(x).get(),
        onednn::layoutOf(y).get(), known.alpha, known.beta, onednn::Attributes().made().get());
    if (auto made = oneDnnStep(status, desc, {}, sourceAndTarget(x, y), workshop))
        return *made;
    const auto run = [kind, x, y] {
        at::Tensor out = y;
        if (!liesOver(y, x))
            out.copy_(x);
        applyActivation(kind, out);
    };
    return {run, "aten activation", 0};
}

} // namespace lathe::engine
