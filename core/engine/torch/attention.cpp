#include "core/engine/torch/attention.h"

#include <cmath>

namespace lathe::engine {

namespace {

struct Heads {
    at::Tensor q, k, v; ///< each [B, heads, L, C / heads], where B counts samples and windows
};

at::Tensor splitOne(const at::Tensor& x, std::int64_t heads)
{
    const std::int64_t channels = x.size(-1);
    return x.reshape({-1, x.size(-2), heads, channels / heads}).transpose(1, 2);
}

Heads splitHeads(const at::Tensor& qkv, std::int64_t heads)
{
    const std::int64_t length = qkv.size(-2);
    const std::int64_t channels = qkv.size(-1) / 3;
    const at::Tensor parts = qkv.reshape({-1, length, 3, heads, channels / heads}).permute({2, 0, 3, 1, 4});
    return {parts[0], parts[1], parts[2]};
}

Heads headsOf(const op::Attention& attention, const Tensors& inputs)
{
    if (!attention.separate)
        return splitHeads(inputs[0], attention.heads);
    return {splitOne(inputs[0], attention.heads), splitOne(inputs[1], attention.heads),
            splitOne(inputs[2], attention.heads)};
}

double scaleOf(const op::Attention& attention, const Heads& heads)
{
    return attention.scale > 0.0 ? attention.scale : 1.0 / std::sqrt(static_cast<double>(heads.q.size(-1)));
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

/// In the shape of the input, whose last extent holds `parts` of queries, keys and values.
at::Tensor joinHeads(const at::Tensor& perHead, const at::Tensor& input, std::int64_t parts)
{
    std::vector<std::int64_t> shape = input.sizes().vec();
    shape.back() /= parts;
    return perHead.transpose(1, 2).reshape(shape);
}

/// As torchvision writes it for Swin: no fused kernel takes a bias and a mask of windows.
at::Tensor explicitAttention(const op::Attention& attention, const Tensors& inputs, const at::Tensor& logitScale)
{
    const Heads heads = headsOf(attention, inputs);
    at::Tensor weights;
    if (attention.kind == op::Attention::Kind::Cosine) {
        weights = normalize(heads.q).matmul(normalize(heads.k).transpose(-2, -1));
        weights = weights * logitScale.clamp_max(std::log(100.0)).exp();
    } else {
        weights = (heads.q * scaleOf(attention, heads)).matmul(heads.k.transpose(-2, -1));
    }
    if (attention.hasBias)
        weights = weights + inputs[attention.separate ? 3 : 1];
    if (attention.hasMask)
        weights = addMask(weights, inputs.back());
    weights = at::softmax(weights, -1);
    return joinHeads(weights.matmul(heads.v), inputs[0], attention.separate ? 1 : 3);
}

at::Tensor fusedAttention(const op::Attention& attention, const Tensors& inputs)
{
    const Heads heads = headsOf(attention, inputs);
    const at::Tensor y =
        at::scaled_dot_product_attention(heads.q, heads.k, heads.v, {}, 0.0, false, scaleOf(attention, heads));
    return joinHeads(y, inputs[0], attention.separate ? 1 : 3);
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

at::Tensor partitionWindows(const at::Tensor& image, const op::WindowPartition& partition)
{
    const auto& [wh, ww] = partition.size;
    const bool first = partition.channelsFirst;
    const std::int64_t channels = image.size(first ? 1 : 3);
    const std::int64_t rows = image.size(first ? 2 : 1) / wh;
    const std::int64_t columns = image.size(first ? 3 : 2) / ww;
    const at::Tensor grid = first ? image.view({-1, channels, rows, wh, columns, ww}).permute({0, 2, 4, 3, 5, 1})
                                  : image.view({-1, rows, wh, columns, ww, channels}).permute({0, 1, 3, 2, 4, 5});
    return grid.reshape({-1, rows * columns, wh * ww, channels});
}

at::Tensor reverseWindows(const at::Tensor& windows, const op::WindowReverse& reverse)
{
    const auto& [wh, ww] = reverse.size;
    const std::int64_t channels = windows.size(-1);
    const at::Tensor grid = windows.view({-1, reverse.height / wh, reverse.width / ww, wh, ww, channels});
    if (reverse.channelsFirst)
        return grid.permute({0, 5, 1, 3, 2, 4}).reshape({-1, channels, reverse.height, reverse.width});
    return grid.permute({0, 1, 3, 2, 4, 5}).reshape({-1, reverse.height, reverse.width, channels});
}

} // namespace lathe::engine
