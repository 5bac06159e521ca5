#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/graph/graph.h"
#include "core/pruning/masks.h"

/// Which tensors of a network are pruned, and how.
namespace lathe {

/// How one tensor, or several together, lose entries.
struct PruningStep {
    enum class Method {
        L1,      ///< the smallest magnitudes
        Random,  ///< any
        Channel, ///< whole channels with the smallest norm, as masks
        NOfM     ///< all but N of each M
    };
    Method method = Method::L1;
    Amount amount = 0.0; ///< of all but NOfM
    NOfM pattern;
    ChannelNorm norm; ///< of Channel
};

/// "l1 0.3", "random 40", "2:4", "ln2 0.5 (axis 0)".
std::string toString(const PruningStep& step);

/// "l1:0.3", "random:40", "2:4", "ln:0.5"; the latter by `norm`.
Result<PruningStep> stepFromText(const std::string& text, const ChannelNorm& norm = {});

struct PruningRule {
    /// "conv", "linear", "embedding" and "norm" are all layers of that type; "*" is the first two. A layer's name is
    /// that layer; one with * or ? in it the convolutions and linear layers that it fits. What ends in "bias" with such
    /// a sign, and a parameter's whole name, mean parameters themselves: "conv1.bias", "*.bias", "class_token".
    std::string pattern;
    PruningStep step;
};

/// "conv=l1:0.2", "layer1.*=random:40", "fc=2:4".
Result<PruningRule> ruleFromText(const std::string& text, const ChannelNorm& norm = {});

struct PruningPlan {
    std::vector<PruningRule> rules;    ///< of several that fit a tensor the last holds
    std::vector<std::string> excluded; ///< names of layers or parameters, also with * and ?
    bool isGlobal = false;             ///< what a rule means loses the amount together, not each by itself
    bool biases = false;               ///< patterns of layers mean their biases too
    std::uint64_t seed = 1;
};

/// "l1 global 0.3", "conv=l1:0.2, linear=random:0.4 global".
std::string toString(const PruningPlan& plan);

/// Tensors that a step prunes together.
struct PruningGroup {
    PruningStep step;
    std::vector<ParameterId> parameters;
};

/// In the order of the rules and of the graph. NotFound for a rule or an exclusion that fits nothing, InvalidArgument
/// where everything is excluded or channels and patterns should be global.
Result<std::vector<PruningGroup>> selectParameters(const Graph& graph, const PruningPlan& plan);

/// Whether a text names a layer or one of its parameters, also with * and ?.
bool namesParameter(const std::string& pattern, const std::string& layer, const std::string& parameter);

/// A tensor that can be pruned, and the layer it is of.
struct PrunableParameter {
    enum class Type { Conv, Linear, Embedding, Norm, Other };
    ParameterId id = 0;
    NodeId node = 0; ///< the first that uses it
    Type type = Type::Other;
    bool isBias = false;
};

/// Everything trainable, in the order of the nodes.
std::vector<PrunableParameter> prunableParameters(const Graph& graph);

} // namespace lathe
