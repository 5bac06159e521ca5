#include "core/engine/torch/script_tensors.h"

#include <fmt/format.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

namespace lathe::engine {

namespace {

namespace jit = torch::jit;

void collect(const c10::ivalue::Object& object, const std::string& path, std::vector<ScriptTensor>& tensors)
{
    const auto type = object.type();
    for (std::size_t i = 0; i < type->numAttributes(); ++i)
        if (const c10::IValue& slot = object.getSlot(i); slot.isTensor() && slot.toTensor().defined())
            tensors.push_back({joinPath(path, type->getAttributeName(i)), slot.toTensor(), type->is_parameter(i)});
    for (std::size_t i = 0; i < type->numAttributes(); ++i)
        if (const c10::IValue& slot = object.getSlot(i); slot.isObject() && type->getAttribute(i)->is_module())
            collect(slot.toObjectRef(), joinPath(path, type->getAttributeName(i)), tensors);
}

} // namespace

std::string joinPath(const std::string& path, const std::string& name)
{
    return path.empty() ? name : path + "." + name;
}

std::vector<ScriptTensor> stateDictOf(const torch::jit::Module& module)
{
    std::vector<ScriptTensor> tensors;
    collect(*module._ivalue(), "", tensors);
    return tensors;
}

std::vector<ScriptTensor> constantsOf(const torch::jit::Module& module)
{
    std::vector<ScriptTensor> tensors;
    for (const jit::Node* node : module.get_method("forward").graph()->nodes()) {
        const auto value = node->kind() == c10::prim::Constant ? jit::toIValue(node->output()) : std::nullopt;
        if (value && value->isTensor() && value->toTensor().dim() > 0)
            tensors.push_back({fmt::format("constant_{}", tensors.size() + 1), value->toTensor()});
    }
    return tensors;
}

at::Tensor firstTensor(const c10::IValue& output)
{
    if (output.isTensor())
        return output.toTensor();
    if (output.isTuple() && !output.toTupleRef().elements().empty())
        return firstTensor(output.toTupleRef().elements()[0]);
    if (output.isList() && !output.toListRef().empty())
        return firstTensor(output.toListRef()[0]);
    if (output.isGenericDict() && !output.toGenericDict().empty())
        return firstTensor(output.toGenericDict().begin()->value());
    return {};
}

} // namespace lathe::engine
