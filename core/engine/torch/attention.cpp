#include "core/engine/torch/attention.h"

#include <cmath>

namespace lathe::engine {

namespace {

struct Heads {
    at::Tensor q, k, v; ///< each [B, heads, L, C / heads], where B counts samples and windows
};

Heads splitHeads(const at::Tensor& qkv, std::int64_t heads)
{
    const std::int64_t length = qkv.size(-2);
    const std::int64_t channels = qkv.size(-1) / 3;
    const at::Tensor parts = qkv.reshape({-1, length, 3, heads, channels / heads}).permute({2, 0, 3, 1, 4});
    return {parts[0], parts[1], parts[2]};
}

at::Tensor normalize(const at::Tensor& x)
{
    return x / x.norm(2, -1, true).clamp_min(1e-12).expand_as(x);
}

at::Tensor addMask(const at::Tensor& weights, const at::Tensor& mask)
{
    const std::int64_t windows = mask.size(0);
    const std::int64_t length = weights.size(-1);
    at::Tensor perImage = weights.view({-1, windows, weights.size(1), length, length});
    perImage = perImage + mask.unsqueeze(1).unsqueeze(0);
    return perImage.view({-1, weights.size(1), length, length});
}

at::Tensor joinHeads(const at::Tensor& perHead, const at::Tensor& qkv)
{
    std::vector<std::int64_t> shape = qkv.sizes().vec();
    shape.back() /= 3;
    return perHead.transpose(1, 2).reshape(shape);
}

/// As torchvision writes it for Swin: no fused kernel takes a bias and a mask of windows.
at::Tensor explicitAttention(const op::Attention& attention, const Tensors& inputs, const at::Tensor& logitScale)
{
    const Heads heads = splitHeads(inputs[0], attention.heads);
    at::Tensor weights;
    if (attention.kind == op::Attention::Kind::Cosine) {
        weights = normalize(heads.q).matmul(normalize(heads.k).transpose(-2, -1));
        weights = weights * logitScale.clamp_max(std::log(100.0)).exp();
    } else {
        const double scale = 1.0 / std::sqrt(static_cast<double>(heads.q.size(-1)));
        weights = (heads.q * scale).matmul(heads.k.transpose(-2, -1));
    }
    if (attention.hasBias)
        weights = weights + inputs[1];
    if (attention.hasMask)
        weights = addMask(weights, inputs.back());
    weights = at::softmax(weights, -1);
    return joinHeads(weights.matmul(heads.v), inputs[0]);
}

at::Tensor fusedAttention(const op::Attention& attention, const Tensors& inputs)
{
    const Heads heads = splitHeads(inputs[0], attention.heads);
    return joinHeads(at::scaled_dot_product_attention(heads.q, heads.k, heads.v), inputs[0]);
}

struct Range {
    std::int64_t begin, end;
};

/// The three stretches of a padded extent that a shifted window may join, as torchvision slices them.
std::array<Range, 3> regions(std::int64_t extent, std::int64_t window, std::int64_t shift)
{
    const std::int64_t last = shift > 0 ? extent - shift : 0;
    return {Range{0, extent - window}, Range{extent - window, shift > 0 ? last : extent - window}, Range{last, extent}};
}

} // namespace

Kernel attentionKernel(const op::Attention& attention, Tensors parameters)
{
    if (attention.kind == op::Attention::Kind::ScaledDotProduct && !attention.hasBias && !attention.hasMask)
        return [attention](const Tensors& in) { return fusedAttention(attention, in); };
    const at::Tensor logitScale = parameters.empty() ? at::Tensor() : parameters.front();
    return [attention, logitScale](const Tensors& in) { return explicitAttention(attention, in, logitScale); };
}

at::Tensor relativePositionBias(const op::RelativePositionBias& bias, const at::Tensor& table, const at::Tensor& index)
{
    const at::Tensor rows = table.view({-1, bias.heads}).index({index});
    const at::Tensor perHead =
        rows.view({bias.positions, bias.positions, bias.heads}).permute({2, 0, 1}).contiguous().unsqueeze(0);
    return bias.sixteenSigmoid ? 16 * perHead.sigmoid() : perHead;
}

at::Tensor shiftedWindowMask(const op::ShiftedWindowMask& mask, const at::TensorOptions& options)
{
    at::Tensor region = at::zeros({mask.height, mask.width}, options);
    double count = 0;
    for (const Range& h : regions(mask.height, mask.window[0], mask.shift[0]))
        for (const Range& w : regions(mask.width, mask.window[1], mask.shift[1]))
            region.slice(0, h.begin, h.end).slice(1, w.begin, w.end).fill_(count++);
    const auto& [wh, ww] = mask.window;
    region = region.view({mask.height / wh, wh, mask.width / ww, ww}).permute({0, 2, 1, 3}).reshape({-1, wh * ww});
    const at::Tensor difference = region.unsqueeze(1) - region.unsqueeze(2);
    return difference.masked_fill(difference != 0, -100.0).masked_fill(difference == 0, 0.0);
}

at::Tensor partitionWindows(const at::Tensor& image, const op::Size2& size)
{
    const std::int64_t h = image.size(1);
    const std::int64_t w = image.size(2);
    const std::int64_t channels = image.size(3);
    const at::Tensor grid = image.view({-1, h / size[0], size[0], w / size[1], size[1], channels});
    return grid.permute({0, 1, 3, 2, 4, 5}).reshape({-1, h / size[0] * (w / size[1]), size[0] * size[1], channels});
}

at::Tensor reverseWindows(const at::Tensor& windows, const op::WindowReverse& reverse)
{
    const auto& [wh, ww] = reverse.size;
    const std::int64_t channels = windows.size(-1);
    const at::Tensor grid = windows.view({-1, reverse.height / wh, reverse.width / ww, wh, ww, channels});
    return grid.permute({0, 1, 3, 2, 4, 5}).reshape({-1, reverse.height, reverse.width, channels});
}

} // namespace lathe::engine
