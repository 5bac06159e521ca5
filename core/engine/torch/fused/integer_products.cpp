#include "core/engine/torch/fused/integer_products.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/torch/fused/on_floats.h"
#include "core/engine/torch/fused/onednn_product.h"
#include "core/engine/torch/fused/products.h"

namespace lathe::engine {

namespace {

constexpr int kImplementations = 3; ///< of oneDNN's for one convolution that are tried

IntegerOperands grids(const IntegerWeights& weights, int mask, const Grid& x, const std::optional<Grid>& y)
{
    return {scaleOf(x), zeroPointOf(x), weights.scales, weights.scales.numel() > 1 ? mask : 0, y};
}

std::string keyOf(const std::string& what, const Operands& o)
{
    return fmt::format("{} {} {} {} {} {} {}", what, fmt::join(o.x.sizes(), "x"), fmt::join(o.weight.sizes(), "x"),
                       c10::toString(o.x.scalar_type()), c10::toString(o.y.scalar_type()), o.finishes.size(),
                       o.weight.scalar_type() == at::kChar ? o.integers->weightMask : 0);
}

/// Float32 copies on the way in and out; `make` gets x, then the addends.
struct Copies {
    at::Tensor x;
    at::Tensor y;
    Finishes finishes;
    std::vector<Made> before;
    std::vector<Made> after;
};

at::Tensor floatsLike(const at::Tensor& x)
{
    return at::empty_strided(x.sizes(), x.strides(), at::kFloat);
}

Copies copiesOf(const at::Tensor& x, const Grid& xGrid, const at::Tensor& y, const std::optional<Grid>& yGrid,
                const Finishes& finishes, Workshop& workshop)
{
    Copies copies{floatsLike(x), yGrid ? floatsLike(y) : y, finishes, {}, {}};
    copies.before.push_back(makeDequantize(x, xGrid, copies.x, workshop));
    for (Finish& finish : copies.finishes)
        if (finish.grid) {
            const at::Tensor addend = floatsLike(finish.addend);
            copies.before.push_back(makeDequantize(finish.addend, *finish.grid, addend, workshop));
            finish = {std::nullopt, addend, std::nullopt};
        }
    if (yGrid)
        copies.after.push_back(makeQuantize(copies.y, y, *yGrid, workshop));
    return copies;
}

Made joined(const Copies& copies, const Made& inner)
{
    const auto run = [before = copies.before, compute = inner.run, after = copies.after] {
        for (const Made& made : before)
            made.run();
        compute();
        for (const Made& made : after)
            made.run();
    };
    return {run, "float32 " + inner.kernel, inner.macs};
}

/// Scales and zero point of what is there, written where the kernels read them.
void findGrid(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& zeroPoint)
{
    const auto [least, largest] = at::aminmax(x);
    const Grid grid = parametersFor({least.item<float>(), largest.item<float>()}, {8, false, false});
    *scale.mutable_data_ptr<float>() = grid.scale;
    *zeroPoint.mutable_data_ptr<int>() = grid.zeroPoint;
}

at::Tensor groupedWeight(const op::Conv2d& conv, const at::Tensor& weight)
{
    if (conv.groups == 1)
        return weight;
    return weight.view({conv.groups, weight.size(0) / conv.groups, weight.size(1), weight.size(2), weight.size(3)});
}

constexpr int kOutputsOfConvolution = 1 << 0;
constexpr int kOutputsOfGroups = (1 << 0) | (1 << 1);
constexpr int kOutputsOfProduct = 1 << 1; ///< weight [in, out]

} // namespace

Made makeIntegerConvolution(const op::Conv2d& conv, const IntegerWeights& weights, const at::Tensor& x,
                            const Grid& xGrid, const at::Tensor& y, const std::optional<Grid>& yGrid,
                            const Finishes& finishes, Workshop& workshop)
{
    const int mask = conv.groups == 1 ? kOutputsOfConvolution : kOutputsOfGroups;
    const Operands o{groupedWeight(conv, weights.integers), weights.bias, x, y, finishes,
                     grids(weights, mask, xGrid, yGrid)};
    std::vector<Workshop::Way> ways;
    for (int skip = 0; skip < kImplementations; ++skip)
        ways.emplace_back([&, skip] { return oneDnnProduct(convolutionBy(conv, o), o, workshop, skip); });
    const std::string key = fmt::format("{} {} {} {} {}", keyOf("int8 conv", o), fmt::join(conv.stride, "x"),
                                        fmt::join(conv.padding, "x"), fmt::join(conv.dilation, "x"), conv.groups);
    return workshop.fastest(key, ways, [&] {
        const Copies copies = copiesOf(x, xGrid, y, yGrid, finishes, workshop);
        return std::optional(joined(copies, makeConvolution(conv, weights.rounded, weights.bias, copies.x, copies.y,
                                                            copies.finishes, workshop)));
    });
}

Made makeIntegerLinear(const IntegerWeights& weights, const at::Tensor& x, const Grid& xGrid, const at::Tensor& y,
                       const std::optional<Grid>& yGrid, const Finishes& finishes, Workshop& workshop)
{
    const Operands o{weights.integers.t(),
                     weights.bias.defined() ? weights.bias.unsqueeze(0) : weights.bias,
                     x,
                     y,
                     finishes,
                     grids(weights, kOutputsOfProduct, xGrid, yGrid)};
    const std::vector<Workshop::Way> ways{[&] { return oneDnnProduct(matrixProductOf(o), o, workshop); },
                                          [&] { return oneDnnProduct(matrixProductOf(o), o, workshop, 1); }};
    return workshop.fastest(keyOf("int8 linear", o), ways, [&] {
        const Copies copies = copiesOf(x, xGrid, y, yGrid, finishes, workshop);
        return std::optional(
            joined(copies, makeLinear(weights.rounded, weights.bias, copies.x, copies.y, copies.finishes, workshop)));
    });
}

Made makeDynamicLinear(const IntegerWeights& weights, const at::Tensor& x, const at::Tensor& y,
                       const Finishes& finishes, Workshop& workshop)
{
    const at::Tensor scale = at::ones({1}, at::kFloat);
    const at::Tensor zeroPoint = at::zeros({1}, at::kInt);
    auto* memory = workshop.floats(static_cast<std::size_t>(x.numel()));
    const at::Tensor integers = at::from_blob(memory, x.sizes(), at::kByte);
    const int mask = weights.scales.numel() > 1 ? kOutputsOfProduct : 0;
    const Operands o{weights.integers.t(),
                     weights.bias.defined() ? weights.bias.unsqueeze(0) : weights.bias,
                     integers,
                     y,
                     finishes,
                     IntegerOperands{scale, zeroPoint, weights.scales, mask, std::nullopt}};
    const Made quantize = makeQuantize(x, integers, scale, zeroPoint, workshop);
    const auto product = oneDnnProduct(matrixProductOf(o), o, workshop);
    if (!product) {
        const auto run = [=, rounded = weights.rounded, bias = weights.bias] {
            findGrid(x, scale, zeroPoint);
            const at::Tensor onGrid =
                at::fake_quantize_per_tensor_affine(x, scale.item<float>(), zeroPoint.item<int>(), 0, 255);
            at::Tensor made = at::linear(onGrid, rounded, bias);
            applyFinishes(finishes, made);
            y.copy_(made);
        };
        return {run, "float32 aten::linear", 0};
    }
    const auto run = [=, compute = product->run] {
        findGrid(x, scale, zeroPoint);
        quantize.run();
        compute();
    };
    return {run, "dynamic " + product->kernel, product->macs};
}

Made makeWeightOnlyLinear(const IntegerWeights& weights, const at::Tensor& x, const at::Tensor& y,
                          const Finishes& finishes, Workshop& workshop)
{
    const auto asFloats = [&] {
        return std::optional(makeLinear(weights.rounded, weights.bias, x, y, finishes, workshop));
    };
    // It pays where reading the weights is what takes time. LibTorch has it for bfloat16 alone.
    const auto asBytes = [&]() -> std::optional<Made> {
        if (x.scalar_type() != at::kBFloat16 || weights.scales.numel() != weights.integers.size(0))
            return std::nullopt;
        const auto run = [x, y, finishes, integers = weights.integers, scales = weights.scales.to(at::kBFloat16),
                          bias = weights.bias] {
            at::Tensor made = at::_weight_int8pack_mm(x, integers, scales);
            if (bias.defined())
                made.add_(bias);
            applyFinishes(finishes, made);
            y.copy_(made);
        };
        return Made{run, "aten::_weight_int8pack_mm", weights.integers.numel() * x.size(0)};
    };
    const std::string key = fmt::format("weight-only {} {} {}", c10::toString(x.scalar_type()),
                                        fmt::join(x.sizes(), "x"), fmt::join(weights.integers.sizes(), "x"));
    return workshop.fastest(key, {asFloats, asBytes});
}

} // namespace lathe::engine
