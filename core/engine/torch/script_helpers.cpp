#include "core/engine/torch/script_helpers.h"

#include <fmt/format.h>

namespace lathe::engine {

op::Size2 pairOf(const std::vector<std::int64_t>& values)
{
    return {values.front(), values.back()};
}

std::int64_t fromFront(std::int64_t place, std::int64_t extent)
{
    return place < 0 ? place + extent : place;
}

void expectImage(const ScriptCall& call)
{
    if (call.tensor(0).dim() != 4)
        throw Inexpressible(fmt::format("{} is known here for images alone", call.kind));
}

NodeId input(const ScriptCall& call, ScriptPlan& plan)
{
    if (!call.in[0].symbol)
        throw Inexpressible(fmt::format("{} works on a constant", call.kind));
    return plan.made(*call.in[0].symbol, call.named("input"));
}

void give(ScriptCall& call, NodeId node)
{
    call.out[0].symbol = Symbol{node, Layout::of(call.outputShape())};
}

std::string moduleName(const ScriptCall& call, std::size_t i, const std::string& what)
{
    return call.in[i].path.empty() ? call.named(what) : ownerOf(call.in[i].path);
}

std::string tensorName(const ScriptCall& call, std::size_t i, ScriptPlan& plan, const std::string& otherwise,
                       bool trainable)
{
    const Traced& argument = call.in[i];
    if (argument.dependsOnInput())
        throw Inexpressible(fmt::format("{} has weights made from the input", call.kind));
    if (!argument.path.empty() && !argument.transposed)
        return argument.path;
    if (argument.learned)
        throw Inexpressible(fmt::format("{} takes what was computed from its weights", call.kind));
    return plan.constant(otherwise, argument.value.toTensor(), trainable);
}

std::string weightName(const ScriptCall& call, std::size_t i, ScriptPlan& plan, const std::string& otherwise)
{
    if (call.kind == "aten::linear")
        return tensorName(call, i, plan, otherwise);
    const Traced& argument = call.in[i];
    if (!argument.path.empty() && argument.transposed)
        return argument.path;
    if (argument.learned)
        throw Inexpressible(fmt::format("{} takes what was computed from its weights", call.kind));
    return plan.constant(otherwise, argument.value.toTensor().t(), true);
}

bool isOne(const ScriptCall& call, std::size_t i)
{
    return call.isNone(i) || (call.in[i].value.isScalar() && call.in[i].value.toScalar().toDouble() == 1.0);
}

void elementwise(ScriptCall& call, ScriptPlan& plan, const Operation& operation, const std::string& what)
{
    Symbol symbol = call.in[0].symbol.value();
    symbol.node = plan.add(call.named(what), operation, {symbol.node});
    call.out[0].symbol = std::move(symbol);
}

void onLastAxis(ScriptCall& call, ScriptPlan& plan, const std::string& name, const Operation& operation,
                const std::vector<std::string>& parameters, std::int64_t extent)
{
    Symbol symbol = call.in[0].symbol.value();
    if (!symbol.layout.endsAsMade())
        symbol = {input(call, plan), Layout::of(call.tensor(0).sizes().vec())};
    symbol.node = plan.add(name, operation, {symbol.node}, parameters);
    symbol.layout.replaceLast(extent);
    call.out[0].symbol = std::move(symbol);
}

} // namespace lathe::engine
