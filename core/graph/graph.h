#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/graph/operations.h"

namespace lathe {

using NodeId = int;
using ParameterId = int;

/// How a parameter gets its first values.
struct Initialisation {
    enum class Kind {
        Constant,                  ///< every entry is `a`
        Normal,                    ///< mean 0, standard deviation `a`
        TruncatedNormal,           ///< the same, cut at -2 and 2
        NormalWithinTwoDeviations, ///< the same, cut at -2 a and 2 a
        Uniform,                   ///< from -a to a
        RelativePositionIndex,     ///< Swin: pairs of positions of an `a` x `b` window -> table entry; derived
        RelativeCoordsTable        ///< Swin V2: log-spaced offsets of an `a` x `b` window; derived
    };
    Kind kind = Kind::Constant;
    double a = 0.0;
    double b = 0.0;
};

/// A tensor the network owns, named as torchvision names it ("layer1.0.conv1.weight").
struct Parameter {
    std::string name;
    Shape shape;
    DType dtype = DType::Float32;
    bool trainable = true; ///< false: a buffer (running statistics, indices); not among the counted parameters
    Initialisation initialisation;

    /// Fixed by the architecture, so that a weight file may lack it.
    bool derived() const;
};

struct Node {
    std::string name; ///< unique; the module's path where the node is a module
    Operation operation;
    std::vector<NodeId> inputs;
    std::vector<ParameterId> parameters;
    Value output;
};

/// A network: nodes in topological order, and its parameters in the order of torchvision's state dict.
class Graph {
public:
    const std::string& name() const { return m_name; }
    const Shape& inputShape() const { return m_nodes.front().output.shape; }
    /// Ids that the input's tokens may have, from 0 on; 0 where the input is float32 values.
    std::int64_t vocabulary() const { return std::get<op::Input>(m_nodes.front().operation).vocabulary; }
    const Shape& outputShape() const { return node(m_output).output.shape; }
    NodeId output() const { return m_output; }

    const std::vector<Node>& nodes() const { return m_nodes; }
    const Node& node(NodeId id) const { return m_nodes[static_cast<std::size_t>(id)]; }

    const std::vector<Parameter>& parameters() const { return m_parameters; }
    const Parameter& parameter(ParameterId id) const { return m_parameters[static_cast<std::size_t>(id)]; }

    /// It runs as one piece (op::Sealed): it can be timed, counted and compared, and has no layers to work on.
    bool isSealed() const;

    /// A weight file may hold this parameter beside the graph's own: it belongs to a module that only training runs.
    bool isTrainingOnly(std::string_view parameter) const;
    /// Those modules.
    const std::vector<std::string>& trainingOnly() const { return m_trainingOnly; }

private:
    friend class GraphBuilder;
    std::string m_name;
    std::vector<Node> m_nodes;
    std::vector<Parameter> m_parameters;
    std::vector<std::string> m_trainingOnly; ///< modules
    NodeId m_output = 0;
};

/// Makes a Graph node by node and checks shapes on the way. The first error is kept, names its node, and makes the
/// rest of the building harmless; `finish` returns it.
class GraphBuilder {
public:
    /// `vocabulary`: of token ids; 0 for an input of float32 values.
    GraphBuilder(std::string name, Shape input, std::int64_t vocabulary = 0);

    NodeId input() const { return 0; }

    /// Declares a parameter; order of declaration is order in the state dict.
    ParameterId parameter(std::string name, Shape shape, Initialisation initialisation = {}, bool trainable = true,
                          DType dtype = DType::Float32);

    /// Names a module of torchvision's that only training runs (an auxiliary classifier): it has no nodes and no
    /// parameters here, and files that hold its parameters are accepted all the same.
    void trainingOnly(std::string module);

    NodeId add(std::string name, Operation operation, std::vector<NodeId> inputs,
               std::vector<ParameterId> parameters = {});

    /// A module with its parameters "<name>.weight", ...: declared here, initialised as PyTorch does by default
    /// unless `weight` (and `bias`) say otherwise.
    NodeId conv2d(const std::string& name, NodeId x, const op::Conv2d& conv);
    NodeId conv2d(const std::string& name, NodeId x, const op::Conv2d& conv, Initialisation weight,
                  Initialisation bias = {});
    NodeId batchNorm2d(const std::string& name, NodeId x, double eps = 1e-5, double momentum = 0.1,
                       double weight = 1.0);
    NodeId linear(const std::string& name, NodeId x, std::int64_t outFeatures, bool bias = true);
    NodeId linear(const std::string& name, NodeId x, std::int64_t outFeatures, Initialisation weight,
                  Initialisation bias = {}, bool hasBias = true);
    NodeId embedding(const std::string& name, NodeId ids, std::int64_t entries, std::int64_t width,
                     Initialisation weight);
    NodeId layerNorm(const std::string& name, NodeId x, double eps = 1e-5, double weight = 1.0);
    NodeId activation(const std::string& name, NodeId x, op::Activation::Kind kind, bool inPlace = false);
    NodeId addition(const std::string& name, NodeId a, NodeId b, bool inPlace = false);

    /// Shape of a node's output; harmless ones once building failed.
    const Shape& shape(NodeId id) const;

    /// The node an error is about is the caller's to name.
    void fail(const std::string& node, const std::string& what);

    Result<Graph> finish(NodeId output);

private:
    Graph m_graph;
    bool m_failed = false;
    Error m_error;
};

} // namespace lathe
