#include "core/engine/torch/script_attention.h"

#include <fmt/format.h>

#include "core/engine/torch/script_helpers.h"

namespace lathe::engine {

namespace {

/// [batch, heads, L, C / heads] back as [batch, L, C].
NodeId joined(const ScriptCall& call, std::size_t i, ScriptPlan& plan)
{
    const Shape shape = call.tensor(i).sizes().vec();
    if (shape.size() != 4 || !call.in[i].symbol)
        throw Inexpressible("its attention does not work on batch, heads, tokens and width");
    Symbol symbol = *call.in[i].symbol;
    symbol.layout.permute({0, 2, 1, 3});
    if (!symbol.layout.reshape({shape[0], shape[2], shape[1] * shape[3]}))
        throw Inexpressible("its attention cuts heads in a way not known here");
    return plan.made(symbol, call.named("heads"));
}

/// The node of which the three are the thirds, in this order; -1 where they are not.
NodeId packed(const std::array<NodeId, 3>& parts, std::int64_t width, const ScriptPlan& plan)
{
    NodeId whole = -1;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto* slice = std::get_if<op::Slice>(&plan.operation(parts[i]));
        const auto place = static_cast<std::int64_t>(i);
        if (slice == nullptr || slice->axis != 1 || slice->step != 1 || slice->begin != place * width ||
            slice->end != (place + 1) * width)
            return -1;
        const NodeId source = plan.inputs(parts[i]).front();
        if (i > 0 && source != whole)
            return -1;
        whole = source;
    }
    return whole;
}

void expectPlain(const ScriptCall& call)
{
    const bool causal = call.in[5].value.toBool();
    const bool grouped = call.in.size() > 7 && call.in[7].value.toBool();
    if (!call.isNone(3) || causal || grouped || call.in[4].value.toDouble() != 0.0)
        throw Inexpressible("attention with a mask, causal or grouped, is not an operation of Lathe's graphs");
    for (std::size_t i = 1; i < 3; ++i)
        if (call.tensor(i).sizes() != call.tensor(0).sizes())
            throw Inexpressible("attention between tensors of different sizes is not an operation of Lathe's graphs");
}

} // namespace

void scaledDotProductAttention(ScriptCall& call, ScriptPlan& plan)
{
    expectPlain(call);
    const Shape shape = call.tensor(0).sizes().vec();
    const std::array<NodeId, 3> parts{joined(call, 0, plan), joined(call, 1, plan), joined(call, 2, plan)};
    op::Attention attention{.heads = shape[1]};
    attention.scale = call.isNone(6) ? 0.0 : call.in[6].value.toDouble();
    const NodeId whole = packed(parts, shape[1] * shape[3], plan);
    attention.separate = whole < 0;
    const std::vector<NodeId> inputs =
        attention.separate ? std::vector<NodeId>(parts.begin(), parts.end()) : std::vector<NodeId>{whole};
    Symbol symbol{plan.add(call.named("attention"), attention, inputs),
                  Layout::of({shape[0], shape[2], shape[1] * shape[3]})};
    symbol.layout.reshape({shape[0], shape[2], shape[1], shape[3]});
    symbol.layout.permute({0, 2, 1, 3});
    call.out[0].symbol = std::move(symbol);
}

void multiHeadAttention(ScriptCall& call, ScriptPlan& plan)
{
    const at::Tensor x = call.tensor(0);
    const bool isSelf = call.in[1].value.toTensor().is_same(x) && call.in[2].value.toTensor().is_same(x);
    const bool wantsWeights = call.in[10].value.toBool();
    if (!isSelf || !call.isNone(9) || wantsWeights)
        throw Inexpressible("attention with a mask or to other tokens is not an operation of Lathe's graphs");
    const std::int64_t width = call.in[3].value.toInt();
    const std::string owner = moduleName(call, 5, "attention");
    const std::string out = moduleName(call, 7, "out_proj");
    const NodeId qkv = plan.add(
        owner, op::Linear{width, 3 * width}, {input(call, plan)},
        {tensorName(call, 5, plan, owner + ".in_proj_weight"), tensorName(call, 6, plan, owner + ".in_proj_bias")});
    const NodeId attended = plan.add(owner + ".attention", op::Attention{.heads = call.in[4].value.toInt()}, {qkv});
    give(call, plan.add(out, op::Linear{width, width}, {attended},
                        {tensorName(call, 7, plan, out + ".weight"), tensorName(call, 8, plan, out + ".bias")}));
}

} // namespace lathe::engine
