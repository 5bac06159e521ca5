#include "core/engine/torch/fused/attention_step.h"

#include <cmath>

#include <ATen/native/transformers/attention.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/engine/torch/fused/on_floats.h"

namespace lathe::engine {

namespace {

/// Each [B, heads, L, C / heads], where B counts samples and windows; views of what was given.
struct Heads {
    at::Tensor q, k, v, y;
};

at::Tensor perHead(const at::Tensor& x, std::int64_t heads)
{
    const std::int64_t length = x.size(-2);
    const std::int64_t channels = x.size(-1);
    return x.reshape({-1, length, heads, channels / heads}).transpose(1, 2);
}

Heads headsOf(const op::Attention& attention, const Tensors& inputs, const at::Tensor& y)
{
    const at::Tensor out = perHead(y, attention.heads);
    if (attention.separate)
        return {perHead(inputs[0], attention.heads), perHead(inputs[1], attention.heads),
                perHead(inputs[2], attention.heads), out};
    const std::int64_t channels = y.size(-1);
    const auto part = [&](std::int64_t i) {
        return perHead(inputs[0].flatten(0, -3).slice(-1, i * channels, (i + 1) * channels), attention.heads);
    };
    return {part(0), part(1), part(2), out};
}

/// What is added before the softmax: [1 or windows, heads, L, L]; undefined where nothing is.
at::Tensor addedOf(const at::Tensor& bias, const at::Tensor& mask)
{
    if (!mask.defined())
        return bias;
    const at::Tensor perWindow = mask.unsqueeze(1);
    return bias.defined() ? (bias + perWindow).contiguous() : perWindow;
}

/// A part of the samples and windows, whose mask is the same array.
Heads windowsOf(const Heads& all, std::int64_t begin, std::int64_t count)
{
    return {all.q.narrow(0, begin, count), all.k.narrow(0, begin, count), all.v.narrow(0, begin, count),
            all.y.narrow(0, begin, count)};
}

/// The calls that one attention takes: one, but where a mask of windows has to be met by sample after sample.
std::vector<Heads> callsOf(const Heads& all, const at::Tensor& added)
{
    const std::int64_t windows = added.defined() ? added.size(0) : 1;
    if (windows == 1)
        return {all};
    std::vector<Heads> calls;
    for (std::int64_t begin = 0; begin < all.q.size(0); begin += windows)
        calls.push_back(windowsOf(all, begin, windows));
    return calls;
}

Made flash(const Heads& heads, const at::Tensor& added, double scale)
{
    const std::optional<at::Tensor> mask = added.defined() ? std::optional(added) : std::nullopt;
    struct Call {
        at::Tensor q, k, v;
        at::Tensor y;    ///< [B, L, heads, C / heads], as the kernel wants it
        at::Tensor sums; ///< [B, L, heads]; not read
    };
    std::vector<Call> calls;
    for (const Heads& call : callsOf(heads, added))
        calls.push_back({call.q, call.k, call.v, call.y.transpose(1, 2),
                         at::empty({call.q.size(0), call.q.size(2), call.q.size(1)}, at::kFloat)});
    const auto run = [calls, mask, scale] {
        for (const Call& call : calls)
            at::native::flash_attention_kernel(at::kCPU, call.y, call.sums, call.q, call.k, call.v, 0.0, false, mask,
                                               scale);
    };
    // Called past the dispatcher, which could else count: q k^T, and the product with v.
    return {run, "flash attention", 2 * heads.q.numel() * heads.k.size(2)};
}

constexpr std::int64_t kMostScores = std::int64_t{1} << 24; ///< 64 MiB: to write more of them is no gain

/// Elements of all matrices between the two products.
std::int64_t scoresOf(const Heads& heads)
{
    return heads.q.size(0) * heads.q.size(1) * heads.q.size(2) * heads.k.size(2);
}

/// Two batched products with a softmax between them, on copies that lie as the products want them.
Made products(const Heads& heads, const at::Tensor& added, double scale, Workshop& workshop)
{
    const std::int64_t batch = heads.q.size(0);
    const std::int64_t count = heads.q.size(1);
    const std::int64_t length = heads.q.size(2);
    const std::int64_t width = heads.q.size(3);
    const std::int64_t elements = heads.q.numel();
    auto* memory = reinterpret_cast<float*>(
        workshop.scratch(static_cast<std::size_t>(4 * elements + scoresOf(heads)) * sizeof(float)));
    const auto part = [&](std::int64_t i) {
        return at::from_blob(memory + i * elements, {batch, count, length, width}, at::kFloat);
    };
    const at::Tensor q = part(0);
    const at::Tensor k = part(1);
    const at::Tensor v = part(2);
    const at::Tensor y = part(3);
    const at::Tensor weights = at::from_blob(memory + 4 * elements, {batch, count, length, length}, at::kFloat);
    const std::int64_t windows = added.defined() ? added.size(0) : 1;
    const at::Tensor factor = at::scalar_tensor(scale);
    const at::Tensor perWindow = weights.view({-1, windows, count, length, length});
    const auto flat = [](const at::Tensor& x) { return x.view({-1, x.size(2), x.size(3)}); };
    const auto run = [=] {
        at::Tensor queries = q;
        at::mul_out(queries, heads.q, factor);
        k.copy_(heads.k);
        v.copy_(heads.v);
        at::Tensor scores = flat(weights);
        at::bmm_out(scores, flat(q), flat(k).transpose(1, 2));
        if (added.defined())
            perWindow.add_(added);
        at::Tensor probabilities = weights;
        at::_softmax_out(probabilities, weights, -1, false);
        at::Tensor out = flat(y);
        at::bmm_out(out, scores, flat(v));
        heads.y.copy_(y);
    };
    return {run, "batched products", 0};
}

at::Tensor lengths(const at::Tensor& x)
{
    return x.norm(2, -1, true).clamp_min(1e-12);
}

std::string keyOf(const char* what, const at::Tensor& x, const at::Tensor& added)
{
    return fmt::format("{} {} {} {} {}", what, c10::toString(x.scalar_type()), fmt::join(x.sizes(), "x"),
                       fmt::join(x.strides(), ","), added.defined() ? added.size(0) : 0);
}

Made inOwnType(const op::Attention& attention, const Tensors& inputs, const at::Tensor& bias, const at::Tensor& mask,
               const at::Tensor& logitScale, const at::Tensor& y, Workshop& workshop)
{
    const Heads heads = headsOf(attention, inputs, y);
    const at::Tensor added = addedOf(bias, mask);
    const bool cosine = attention.kind == op::Attention::Kind::Cosine;
    const double usual = 1.0 / std::sqrt(static_cast<double>(heads.q.size(-1)));
    const double scale = cosine ? 1.0 : (attention.scale > 0.0 ? attention.scale : usual);
    // Swin V2's queries and keys have length 1, and the scale of each head is among the queries.
    const at::Tensor q = cosine ? at::empty_like(heads.q) : heads.q;
    const at::Tensor k = cosine ? at::empty_like(heads.k) : heads.k;
    const Heads ready{q, k, heads.v, heads.y};
    const std::string key = keyOf("heads", q, added);
    Made core = workshop.fastest(key, {[&] { return std::optional(flash(ready, added, scale)); },
                                       [&] {
                                           return scoresOf(ready) <= kMostScores
                                                      ? std::optional(products(ready, added, scale, workshop))
                                                      : std::nullopt;
                                       }});
    if (!cosine)
        return core;
    const at::Tensor factor = logitScale.clamp_max(std::log(100.0)).exp();
    core.run = [inner = core.run, heads, q, k, factor] {
        at::Tensor queries = q;
        at::Tensor keys = k;
        at::div_out(queries, heads.q, lengths(heads.q));
        queries.mul_(factor);
        at::div_out(keys, heads.k, lengths(heads.k));
        inner();
    };
    return core;
}

} // namespace

Made makeAttention(const op::Attention& attention, const Tensors& inputs, const at::Tensor& bias,
                   const at::Tensor& mask, const at::Tensor& logitScale, const at::Tensor& y, Workshop& workshop)
{
    const auto make = [&](const Tensors& in, const at::Tensor& out) {
        return std::optional(inOwnType(attention, in, bias, mask, logitScale, out, workshop));
    };
    if (y.scalar_type() == at::kFloat)
        return *make(inputs, y);
    return workshop.fastest(keyOf("attention", y, mask),
                            {[&] { return make(inputs, y); }, [&] { return onFloats(inputs, y, workshop, make); }});
}

} // namespace lathe::engine
