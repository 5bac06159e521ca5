#include "core/engine/torch/script_plan.h"

#include <fmt/format.h>

#include "core/engine/torch/tensors.h"

namespace lathe::engine {

namespace {

Shape behindBatch(const Shape& shape)
{
    return Shape(shape.begin() + 1, shape.end());
}

DType dtypeIn(const ScriptTensor& entry)
{
    return entry.tensor.is_floating_point() ? DType::Float32 : toHost(entry.tensor).dtype;
}

} // namespace

std::string ownerOf(const std::string& tensor)
{
    const std::size_t dot = tensor.rfind('.');
    return dot == std::string::npos ? tensor : tensor.substr(0, dot);
}

ScriptPlan::ScriptPlan(std::vector<ScriptTensor> tensors, const Shape& inputWithBatch)
    : m_tensors(std::move(tensors)), m_input(inputWithBatch), m_nodes{{"input", op::Input{}, {}, {}}}, m_names{"input"}
{
    for (std::size_t i = 0; i < m_tensors.size(); ++i)
        m_byName.emplace(m_tensors[i].name, i);
}

const ScriptTensor* ScriptPlan::tensor(const std::string& name) const
{
    const auto found = m_byName.find(name);
    return found == m_byName.end() ? nullptr : &m_tensors[found->second];
}

NodeId ScriptPlan::add(const std::string& name, Operation operation, std::vector<NodeId> inputs,
                       std::vector<std::string> parameters)
{
    std::string unique = name;
    for (int i = 2; !m_names.insert(unique).second; ++i)
        unique = fmt::format("{}_{}", name, i);
    m_nodes.push_back({unique, std::move(operation), std::move(inputs), std::move(parameters)});
    return static_cast<NodeId>(m_nodes.size()) - 1;
}

NodeId ScriptPlan::made(const Symbol& symbol, const std::string& name)
{
    std::vector<Operation> operations;
    if (!symbol.layout.operations(operations))
        throw Inexpressible(fmt::format("{} mixes the samples of a batch", name));
    const std::size_t dot = name.rfind('.');
    const std::string scope = dot == std::string::npos ? "" : name.substr(0, dot + 1);
    NodeId node = symbol.node;
    for (Operation& operation : operations) {
        const char* what = std::holds_alternative<op::Permute>(operation)   ? "permute"
                           : std::holds_alternative<op::Flatten>(operation) ? "flatten"
                                                                            : "reshape";
        node = add(scope + what, std::move(operation), {node});
    }
    return node;
}

std::string ScriptPlan::constant(const std::string& name, const at::Tensor& tensor, bool trainable)
{
    std::string unique = name;
    for (int i = 2; m_byName.count(unique) > 0; ++i)
        unique = fmt::format("{}_{}", name, i);
    m_byName.emplace(unique, m_tensors.size());
    m_tensors.push_back({unique, tensor.detach().clone(), trainable});
    return unique;
}

NodeId ScriptPlan::parameterValue(const std::string& name)
{
    const auto [entry, isNew] = m_parameterValues.try_emplace(name, 0);
    if (isNew)
        entry->second = add(name, op::ParameterValue{}, {}, {name});
    return entry->second;
}

std::vector<bool> ScriptPlan::neededBy(NodeId output) const
{
    std::vector<bool> needed(m_nodes.size(), false);
    needed[0] = true;
    needed[static_cast<std::size_t>(output)] = true;
    for (std::size_t i = m_nodes.size(); i-- > 0;)
        if (needed[i])
            for (const NodeId input : m_nodes[i].inputs)
                needed[static_cast<std::size_t>(input)] = true;
    return needed;
}

Result<Graph> ScriptPlan::build(const std::string& name, NodeId output) const
{
    const std::vector<bool> needed = neededBy(output);
    std::unordered_set<std::string> used;
    for (std::size_t i = 0; i < m_nodes.size(); ++i)
        if (needed[i])
            used.insert(m_nodes[i].parameters.begin(), m_nodes[i].parameters.end());

    GraphBuilder builder(name, behindBatch(m_input));
    std::unordered_map<std::string, ParameterId> parameters;
    for (const ScriptTensor& entry : m_tensors)
        if (used.count(entry.name) > 0)
            parameters[entry.name] =
                builder.parameter(entry.name, entry.tensor.sizes().vec(), {}, entry.trainable, dtypeIn(entry));

    std::vector<NodeId> ids(m_nodes.size(), builder.input());
    for (std::size_t i = 1; i < m_nodes.size(); ++i) {
        if (!needed[i])
            continue;
        std::vector<NodeId> inputs;
        for (const NodeId input : m_nodes[i].inputs)
            inputs.push_back(ids[static_cast<std::size_t>(input)]);
        std::vector<ParameterId> own;
        for (const std::string& parameter : m_nodes[i].parameters)
            own.push_back(parameters.at(parameter));
        ids[i] = builder.add(m_nodes[i].name, m_nodes[i].operation, std::move(inputs), std::move(own));
    }
    return builder.finish(ids[static_cast<std::size_t>(output)]);
}

StateDict ScriptPlan::weights(const Graph& graph) const
{
    StateDict weights;
    for (const Parameter& parameter : graph.parameters())
        weights.push_back({parameter.name, toHost(tensor(parameter.name)->tensor)});
    return weights;
}

} // namespace lathe::engine
