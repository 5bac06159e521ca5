#include "core/formats/graph_json_parameters_p.h"

#include "core/graph/module_parameters.h"

namespace lathe::graphjson {

std::vector<Parameter> usualParameters(const std::string& node, const Operation& operation)
{
    if (std::holds_alternative<op::ParameterValue>(operation)) {
        Parameter own = usualParameter(operation, 0);
        own.name = node;
        return {own};
    }
    return moduleParameters(node, operation);
}

bool shapesFollow(const Operation& operation)
{
    return !moduleParameters({}, operation).empty();
}

Parameter usualParameter(const Operation& operation, std::size_t index)
{
    const std::vector<Parameter> ofModule = moduleParameters({}, operation);
    if (index < ofModule.size())
        return ofModule[index];
    Parameter usual;
    if (std::holds_alternative<op::RelativePositionBias>(operation)) {
        usual.dtype = DType::Int64;
        usual.trainable = false;
    }
    return usual;
}

bool isConstant(const Operation& operation)
{
    return std::holds_alternative<op::ParameterValue>(operation) ||
           std::holds_alternative<op::ShiftedWindowMask>(operation);
}

} // namespace lathe::graphjson
