#include "core/pruning/module_count.h"

#include "core/graph/cost.h"

namespace lathe {

namespace {

/// One overload of `operator()` for each operation that has more than its multiply-accumulates.
struct BesideMacs {
    std::int64_t in = 0; ///< elements
    std::int64_t out = 0;

    std::int64_t operator()(const op::Conv2d& o) const { return o.bias ? out : 0; }
    std::int64_t operator()(const op::Linear& o) const { return o.bias ? o.outFeatures : 0; }
    std::int64_t operator()(const op::BatchNorm2d&) const { return 2 * out; }
    std::int64_t operator()(const op::LayerNorm&) const { return 2 * out; }
    std::int64_t operator()(const op::Activation&) const { return out; }
    std::int64_t operator()(const op::MaxPool2d&) const { return in; }
    std::int64_t operator()(const op::AvgPool2d&) const { return in; }
    std::int64_t operator()(const op::AdaptiveAvgPool2d&) const { return in; }
    template <class Op> std::int64_t operator()(const Op&) const { return 0; }
};

} // namespace

std::int64_t moduleOperations(const Graph& graph)
{
    std::int64_t count = cost(graph).macs;
    for (const Node& node : graph.nodes()) {
        const NodeId first = node.inputs.empty() ? 0 : node.inputs.front();
        count += std::visit(BesideMacs{elementCount(graph.node(first).output.shape), elementCount(node.output.shape)},
                            node.operation);
    }
    return count;
}

} // namespace lathe
