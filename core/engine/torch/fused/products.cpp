#include "core/engine/torch/fused/products.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/torch/fused/copy_step.h"
#include "core/engine/torch/fused/on_floats.h"
#include "core/engine/torch/fused/onednn_product.h"

namespace lathe::engine {

namespace {

constexpr int kImplementations = 3; ///< of oneDNN's for one convolution that are tried, best-reputed first

/// The library that LibTorch brings for matrix products, and its own operators behind it.
std::optional<Made> libTorchProduct(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                                    const at::Tensor& y, const Finishes& finishes)
{
    const bool adds = !finishes.empty() && finishes.front().addend.defined() && liesOver(y, finishes.front().addend);
    for (std::size_t i = 1; i < finishes.size(); ++i)
        if (finishes[i].addend.defined() && liesOver(y, finishes[i].addend))
            return std::nullopt; // it would be overwritten before it is read
    const at::Tensor offset = bias.defined() ? bias.to(y.scalar_type()) : bias;
    const auto run = [transposed = weight.to(y.scalar_type()).t(), offset, x, y, finishes, adds] {
        at::Tensor out = y;
        if (adds)
            at::addmm_out(out, y, x, transposed);
        else if (offset.defined())
            at::addmm_out(out, offset, x, transposed);
        else
            at::mm_out(out, x, transposed);
        if (adds && offset.defined())
            out.add_(offset);
        applyFinishes(finishes, out, adds ? 1 : 0);
    };
    return Made{run, "aten::addmm", 0};
}

/// LibTorch's convolution and its operators behind it, on memory of their own.
Made libTorchConvolution(const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                         const at::Tensor& y, const Finishes& finishes)
{
    const at::Tensor factors = weight.to(x.scalar_type());
    const at::Tensor offset = bias.defined() ? bias.to(x.scalar_type()) : bias;
    const auto run = [=] {
        at::Tensor made = at::conv2d(x, factors, offset, conv.stride, conv.padding, conv.dilation, conv.groups);
        applyFinishes(finishes, made);
        y.copy_(made);
    };
    return {run, "aten::conv2d", 0};
}

std::string keyOf(const char* what, const Operands& o)
{
    std::string key = fmt::format("{} {} {} {} {}", what, c10::toString(o.x.scalar_type()), fmt::join(o.x.sizes(), "x"),
                                  fmt::join(o.x.strides(), ","), fmt::join(o.weight.sizes(), "x"));
    for (const Finish& finish : o.finishes)
        key += finish.activation ? fmt::format(" a{}", static_cast<int>(*finish.activation))
                                 : (liesOver(o.y, finish.addend) ? " sum" : " add");
    return key;
}

std::vector<Workshop::Way> matrixWays(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                                      const at::Tensor& y, const Finishes& finishes, Workshop& workshop)
{
    return {
        [=, &workshop] {
            const Operands o{weight.t(), bias.defined() ? bias.unsqueeze(0) : bias, x, y, finishes, {}};
            return oneDnnProduct(matrixProductOf(o), o, workshop);
        },
        [=, &workshop] {
            const Operands o{weight, bias, x, y, finishes, {}};
            return oneDnnProduct(innerProductOf(o), o, workshop);
        },
        [=] { return libTorchProduct(weight, bias, x, y, finishes); },
    };
}

/// Every pixel is in one window, so that windows are rows of a matrix once they lie one behind the other.
bool isPatchwise(const op::Conv2d& conv, const at::Tensor& x)
{
    return conv.kernel == conv.stride && conv.kernel != op::Size2{1, 1} && conv.padding == op::Size2{0, 0} &&
           conv.dilation == op::Size2{1, 1} && conv.groups == 1 && x.size(2) % conv.kernel[0] == 0 &&
           x.size(3) % conv.kernel[1] == 0;
}

/// [N, rows of windows, windows of a row, rows of a window, channels of its pixels], where the image lies.
at::Tensor patchesOf(const op::Conv2d& conv, const at::Tensor& x)
{
    const auto [height, width] = conv.kernel;
    return x.permute({0, 2, 3, 1})
        .view({x.size(0), x.size(2) / height, height, x.size(3) / width, width * x.size(1)})
        .permute({0, 1, 3, 2, 4});
}

/// What a product reads: x, then the addends.
Tensors readsOf(const at::Tensor& x, const Finishes& finishes)
{
    Tensors reads = addendsOf(finishes);
    reads.insert(reads.begin(), x);
    return reads;
}

Finishes finishesOn(const Tensors& reads, const Finishes& finishes)
{
    return withAddends(finishes, {reads.begin() + 1, reads.end()});
}

/// A copy of the windows, then a matrix product.
Made patchProduct(const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                  const at::Tensor& y, const Finishes& finishes, Workshop& workshop)
{
    const at::Tensor patches = patchesOf(conv, x);
    const at::Tensor copy = at::empty(patches.sizes(), x.options());
    const at::Tensor factors = weight.permute({0, 2, 3, 1}).flatten(1).contiguous();
    const Made arrange = makeCopy(patches, copy, workshop);
    const Made product =
        makeLinear(factors, bias, copy.view({-1, factors.size(1)}), rowsOf(y), rowsOf(finishes), workshop);
    const auto run = [arrange = arrange.run, multiply = product.run] {
        arrange();
        multiply();
    };
    return {run, "patches, " + product.kernel, product.macs};
}

} // namespace

at::Tensor rowsOf(const at::Tensor& image)
{
    return image.permute({0, 2, 3, 1}).view({-1, image.size(1)});
}

bool isPointwise(const op::Conv2d& conv)
{
    return conv.kernel == op::Size2{1, 1} && conv.stride == op::Size2{1, 1} && conv.padding == op::Size2{0, 0} &&
           conv.groups == 1;
}

Finishes rowsOf(const Finishes& finishes)
{
    Tensors addends = addendsOf(finishes);
    std::transform(addends.begin(), addends.end(), addends.begin(), [](const at::Tensor& x) { return rowsOf(x); });
    return withAddends(finishes, addends);
}

Made makeConvolution(const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                     const at::Tensor& y, const Finishes& finishes, Workshop& workshop)
{
    const at::Tensor grouped =
        conv.groups == 1
            ? weight
            : weight.view({conv.groups, weight.size(0) / conv.groups, weight.size(1), weight.size(2), weight.size(3)});
    const Operands o{grouped, bias, x, y, finishes, {}};
    std::vector<Workshop::Way> ways;
    for (int skip = 0; skip < kImplementations; ++skip)
        ways.emplace_back([&, skip] { return oneDnnProduct(convolutionBy(conv, o), o, workshop, skip); });
    if (isPointwise(conv))
        for (const Workshop::Way& way :
             matrixWays(weight.flatten(1), bias, rowsOf(x), rowsOf(y), rowsOf(finishes), workshop))
            ways.push_back(way);
    if (isPatchwise(conv, x))
        ways.emplace_back([&] { return std::optional(patchProduct(conv, weight, bias, x, y, finishes, workshop)); });
    ways.emplace_back([&] {
        const auto make = [&](const Tensors& in, const at::Tensor& out) {
            return std::optional(makeConvolution(conv, roundedTo(x.scalar_type(), weight), bias, in[0], out,
                                                 finishesOn(in, finishes), workshop));
        };
        return onFloats(readsOf(x, finishes), y, workshop, make);
    });
    const std::string key = fmt::format("conv {} {} {} {} {}", keyOf("", o), fmt::join(conv.stride, "x"),
                                        fmt::join(conv.padding, "x"), fmt::join(conv.dilation, "x"), conv.groups);
    return workshop.fastest(key, ways,
                            [&] { return std::optional(libTorchConvolution(conv, weight, bias, x, y, finishes)); });
}

Made makeLinear(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x, const at::Tensor& y,
                const Finishes& finishes, Workshop& workshop)
{
    std::vector<Workshop::Way> ways = matrixWays(weight, bias, x, y, finishes, workshop);
    ways.emplace_back([&] {
        const auto make = [&](const Tensors& in, const at::Tensor& out) {
            return std::optional(
                makeLinear(roundedTo(x.scalar_type(), weight), bias, in[0], out, finishesOn(in, finishes), workshop));
        };
        return onFloats(readsOf(x, finishes), y, workshop, make);
    });
    return workshop.fastest(keyOf("linear", {weight, bias, x, y, finishes, {}}), ways);
}

} // namespace lathe::engine
