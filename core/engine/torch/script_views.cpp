#include "core/engine/torch/script_views.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "core/engine/torch/script_helpers.h"

namespace lathe::engine {

namespace {

struct Stretch {
    std::int64_t axis = 0, begin = 0, end = 0, step = 1;
    bool squeeze = false;
};

/// Entries of one axis of the call's tensor.
Symbol cut(const ScriptCall& call, ScriptPlan& plan, const Stretch& stretch)
{
    Symbol symbol = *call.in[0].symbol;
    const std::int64_t extent = call.tensor(0).size(stretch.axis);
    if (stretch.begin == 0 && stretch.end == extent && stretch.step == 1 && !stretch.squeeze)
        return symbol;
    if (stretch.axis == 0 && symbol.layout.startsWithBatch())
        throw Inexpressible("it takes the samples of a batch apart");
    op::Slice slice;
    if (!symbol.layout.locate(stretch.axis, stretch.begin, stretch.end, stretch.step, slice)) {
        symbol = {plan.made(symbol, call.named("slice")), Layout::of(call.tensor(0).sizes().vec())};
        if (!symbol.layout.locate(stretch.axis, stretch.begin, stretch.end, stretch.step, slice))
            throw Inexpressible(fmt::format("{} cuts its tensor in a way not known here", call.kind));
    }
    const std::int64_t left = (stretch.end - stretch.begin + stretch.step - 1) / stretch.step;
    slice.squeeze = symbol.layout.narrow(stretch.axis, left, stretch.squeeze);
    symbol.node = plan.add(call.named("slice"), slice, {symbol.node});
    return symbol;
}

std::int64_t axisOf(const ScriptCall& call, std::size_t i)
{
    return fromFront(call.in[i].value.toInt(), call.tensor(0).dim());
}

std::int64_t within(std::int64_t place, std::int64_t extent)
{
    return std::clamp(fromFront(place, extent), std::int64_t{0}, extent);
}

} // namespace

void sameElements(ScriptCall& call, ScriptPlan&)
{
    Symbol symbol = *call.in[0].symbol;
    if (!symbol.layout.reshape(call.outputShape()))
        throw Inexpressible(fmt::format("{} cuts its tensor in a way not known here", call.kind));
    call.out[0].symbol = std::move(symbol);
}

void asItIs(ScriptCall& call, ScriptPlan&)
{
    const at::Tensor after = call.out[0].value.toTensor();
    if (after.sizes() != call.tensor(0).sizes() || after.scalar_type() != call.tensor(0).scalar_type())
        throw Inexpressible(fmt::format("{} is known here only where it changes nothing", call.kind));
    call.out[0].symbol = call.in[0].symbol;
}

void dropout(ScriptCall& call, ScriptPlan& plan)
{
    if (call.in[2].value.toBool())
        throw Inexpressible("it was saved in training mode, with its dropout at work");
    asItIs(call, plan);
}

void permute(ScriptCall& call, ScriptPlan&)
{
    Symbol symbol = *call.in[0].symbol;
    std::vector<std::int64_t> order = call.integers(1);
    for (std::int64_t& axis : order)
        axis = fromFront(axis, call.tensor(0).dim());
    symbol.layout.permute(order);
    call.out[0].symbol = std::move(symbol);
}

void transpose(ScriptCall& call, ScriptPlan&)
{
    std::vector<std::int64_t> order(static_cast<std::size_t>(call.tensor(0).dim()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::swap(order[static_cast<std::size_t>(axisOf(call, 1))], order[static_cast<std::size_t>(axisOf(call, 2))]);
    Symbol symbol = *call.in[0].symbol;
    symbol.layout.permute(order);
    call.out[0].symbol = std::move(symbol);
}

/// slice(x, axis, begin, end, step)
void slice(ScriptCall& call, ScriptPlan& plan)
{
    const std::int64_t axis = axisOf(call, 1);
    const std::int64_t extent = call.tensor(0).size(axis);
    const std::int64_t begin = call.isNone(2) ? 0 : within(call.in[2].value.toInt(), extent);
    const std::int64_t end = call.isNone(3) ? extent : within(call.in[3].value.toInt(), extent);
    call.out[0].symbol = cut(call, plan, {axis, begin, end, call.in[4].value.toInt(), false});
}

void select(ScriptCall& call, ScriptPlan& plan)
{
    const std::int64_t axis = axisOf(call, 1);
    const std::int64_t begin = fromFront(call.in[2].value.toInt(), call.tensor(0).size(axis));
    call.out[0].symbol = cut(call, plan, {axis, begin, begin + 1, 1, true});
}

void divide(ScriptCall& call, ScriptPlan& plan)
{
    const bool squeeze = call.kind == "aten::unbind";
    const std::int64_t axis = axisOf(call, squeeze ? 1 : 2);
    auto parts = std::make_shared<std::vector<Traced>>();
    std::int64_t begin = 0;
    for (const at::Tensor& tensor : call.out[0].value.toTensorVector()) {
        const std::int64_t extent = squeeze ? 1 : tensor.size(axis);
        Traced part;
        part.value = tensor;
        part.symbol = cut(call, plan, {axis, begin, begin + extent, 1, squeeze});
        parts->push_back(std::move(part));
        begin += extent;
    }
    call.out[0].items = std::move(parts);
}

} // namespace lathe::engine
