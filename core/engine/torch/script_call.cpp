#include "core/engine/torch/script_call.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "core/engine/torch/script_helpers.h"
#include "core/engine/torch/script_tensors.h"

namespace lathe::engine {

namespace {

namespace jit = torch::jit;

/// Gives the values of its first argument, as they are.
bool passesOn(const std::string& kind)
{
    static const std::unordered_set<std::string> kinds{"aten::detach", "aten::contiguous", "aten::alias",
                                                       "aten::dropout", "aten::clone"};
    return kinds.count(kind) > 0;
}

bool isTransposition(const std::string& kind, const Traced& tensor)
{
    return (kind == "aten::t" || kind == "aten::numpy_T" || kind == "aten::transpose") && !tensor.path.empty() &&
           tensor.value.isTensor() && tensor.value.toTensor().dim() == 2;
}

struct Scope {
    std::string path;
    bool holdsModules = true;
};

bool holdsModules(const c10::ClassType& type)
{
    for (std::size_t i = 0; i < type.numAttributes(); ++i)
        if (type.getAttribute(i)->is_module())
            return true;
    return false;
}

/// The module whose function the node was in before it was put in line.
Scope scopeOf(jit::Node& node)
{
    Scope scope;
    if (!node.callstack())
        return scope;
    for (const auto& entry : (*node.callstack())->vec())
        if (const auto& instance = std::get<2>(entry); instance && !instance->instance_name().empty()) {
            scope.path = joinPath(scope.path, instance->instance_name());
            scope.holdsModules = instance->class_type() == nullptr || holdsModules(*instance->class_type());
        }
    return scope;
}

void run(jit::Node& node, ScriptCall& call)
{
    if (node.maybeOperator() == nullptr)
        throw Inexpressible(fmt::format("{} is not an operation of Lathe's graphs", call.kind));
    jit::Stack stack;
    for (const Traced& input : call.in)
        stack.push_back(input.value);
    if (node.getOperator().schema().is_vararg())
        stack.emplace_back(static_cast<std::int64_t>(call.in.size()));
    node.getOperation()(stack);
    const std::size_t count = node.outputs().size();
    for (std::size_t i = stack.size() - count; i < stack.size(); ++i)
        call.out.push_back(Traced{.value = std::move(stack[i])});
}

/// A tensor of the state dict repeated for every sample, of which there are `batch`.
bool repeatsForBatch(const ScriptCall& call, std::int64_t batch)
{
    if (call.kind != "aten::expand" || call.in[0].path.empty() || call.in[0].transposed)
        return false;
    Shape repeated = call.tensor(0).sizes().vec();
    if (repeated.empty() || repeated.front() != 1)
        return false;
    repeated.front() = batch;
    return call.outputShape() == repeated;
}

void expandToBatch(ScriptCall& call, ScriptPlan& plan)
{
    give(call, plan.add(call.in[0].path + ".expand", op::ExpandToBatch{}, {plan.parameterValue(call.in[0].path)}));
}

/// Tensors that do not depend on the input: the state dict's own keep their names.
void keepNames(ScriptCall& call)
{
    if (call.in.empty() || call.out.empty())
        return;
    Traced& out = call.out.front();
    const Traced& in = call.in.front();
    for (const Traced& input : call.in)
        out.learned = out.learned || input.learned;
    if (isTransposition(call.kind, in) || passesOn(call.kind)) {
        out.path = in.path;
        out.transposed = in.transposed != isTransposition(call.kind, in);
    }
}

} // namespace

ScriptCall runCall(jit::Node& node, std::vector<Traced> in)
{
    const Scope scope = scopeOf(node);
    ScriptCall call{node.kind().toQualString(), scope.path, !scope.holdsModules, std::move(in), {}};
    run(node, call);
    return call;
}

void understand(ScriptCall& call, ScriptPlan& plan)
{
    const auto depends = [](const Traced& input) { return input.dependsOnInput(); };
    const auto holdsTensor = [](const Traced& output) {
        return output.value.isTensor() || output.value.isTensorList();
    };
    if (std::any_of(call.in.begin(), call.in.end(), depends)) {
        // Sizes, ranks and dtypes are the same for every input of this size.
        if (std::any_of(call.out.begin(), call.out.end(), holdsTensor))
            express(call, plan);
    } else if (repeatsForBatch(call, plan.input().layout.shape().front())) {
        expandToBatch(call, plan);
    } else {
        keepNames(call);
    }
}

} // namespace lathe::engine
