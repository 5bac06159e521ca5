#pragma once

#include <stdexcept>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <ATen/ATen.h>

#include "core/engine/torch/script_layout.h"
#include "core/graph/graph.h"

namespace lathe::engine {

/// Why a program does not become a Graph: "aten::softmax is not an operation of Lathe's graphs". Never leaves the
/// engine.
struct Inexpressible : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A tensor that the program owns, under its name in the state dict.
struct ScriptTensor {
    std::string name;
    at::Tensor tensor;
    bool trainable = true;
};

/// A value of the program in terms of a node: its output, looked at in some way.
struct Symbol {
    NodeId node = 0;
    Layout layout;
};

/// Nodes of the Graph to be, while the program is followed. The state dict's order is only known at the end.
class ScriptPlan {
public:
    ScriptPlan(std::vector<ScriptTensor> tensors, const Shape& inputWithBatch);

    const ScriptTensor* tensor(const std::string& name) const;
    Symbol input() const { return {0, Layout::of(m_input)}; }

    /// The name is made unique. `parameters` are names of tensors.
    NodeId add(const std::string& name, Operation operation, std::vector<NodeId> inputs,
               std::vector<std::string> parameters = {});

    /// The node whose output, batch first, is the value itself; brings it into that form where it is not.
    NodeId made(const Symbol& symbol, const std::string& name);

    /// A tensor the program holds besides the module's own, as a buffer of the graph.
    std::string constant(const std::string& name, const at::Tensor& tensor, bool trainable = false);

    /// That tensor as an unbatched value.
    NodeId parameterValue(const std::string& name);

    const Operation& operation(NodeId id) const { return m_nodes[static_cast<std::size_t>(id)].operation; }
    const std::vector<NodeId>& inputs(NodeId id) const { return m_nodes[static_cast<std::size_t>(id)].inputs; }

    /// Without the nodes that the output does not need and the tensors that no node takes.
    Result<Graph> build(const std::string& name, NodeId output) const;

    /// Values of the graph's parameters, in its order.
    StateDict weights(const Graph& graph) const;

private:
    struct Planned {
        std::string name;
        Operation operation;
        std::vector<NodeId> inputs;
        std::vector<std::string> parameters;
    };

    std::vector<bool> neededBy(NodeId output) const;

    std::vector<ScriptTensor> m_tensors; ///< in the order of the state dict, then constants
    std::unordered_map<std::string, std::size_t> m_byName;
    Shape m_input;
    std::vector<Planned> m_nodes;
    std::unordered_set<std::string> m_names;
    std::unordered_map<std::string, NodeId> m_parameterValues;
};

/// "layer1.0.conv1" of "layer1.0.conv1.weight".
std::string ownerOf(const std::string& tensor);

} // namespace lathe::engine
