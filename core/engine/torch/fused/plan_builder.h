#pragma once

#include <map>

#include "core/engine/backend.h"
#include "core/engine/torch/fused/integer_products.h"
#include "core/engine/torch/fused/step.h"
#include "core/engine/torch/fused/virtual_memory.h"
#include "core/lowering/lowered_graph.h"

namespace lathe::engine {

/// How images lie in a plan, and everything else.
inline constexpr auto kImage = at::MemoryFormat::ChannelsLast;
inline constexpr auto kRowMajor = at::MemoryFormat::Contiguous;

/// An image of which the order shows.
bool isImage(const at::Tensor& x);

/// An image with the strides that channels-last order has where an extent of 1 leaves them open.
at::Tensor plainImage(const at::Tensor& x);

/// Turns a lowered network into steps for one batch. Images lie in channels-last order throughout, so that a renaming
/// of axes costs nothing.
class PlanBuilder {
public:
    /// `parameters` by ParameterId, float32; `input` [N, ...] has memory and keeps it. Values between the steps are
    /// float32, or bfloat16 in that mode, but for those that `quantization` (null: none) keeps as integers.
    PlanBuilder(const Graph& graph, const LoweredGraph& lowered, Tensors parameters, at::Tensor input, Mode mode,
                const Quantization* quantization);

    void build();

    const VirtualMemory& memory() const { return m_memory; }
    const std::vector<Step>& steps() const { return m_steps; }
    const std::vector<Finished>& finished() const { return m_finished; } ///< in the order of their steps
    const at::Tensor& output() const { return value(m_graph.output()); }

private:
    struct Weights {
        at::Tensor weight; ///< [out, ...]
        at::Tensor bias;   ///< [out] or undefined
    };
    /// What follows an operation, in terms of the operation's own output.
    struct Epilogues {
        std::vector<std::vector<std::int64_t>> renamings;             ///< of axes, from the output on
        std::vector<std::optional<op::Activation::Kind>> activations; ///< none: the next addend
        Tensors addends;
        std::vector<std::optional<Grid>> grids; ///< of the addends
    };

    // A value of the graph, with its batch; a constant as it is, in float32.
    const at::Tensor& value(NodeId node) const { return m_values[static_cast<std::size_t>(node)]; }
    at::Tensor
    operand(NodeId node); ///< in the type that the step at hand works in, converted if need be; ids as they are
    std::optional<Grid> gridOf(NodeId node) const;
    std::optional<Grid> gridKeptBy(const LoweredNode& lowered) const;
    Precision precisionOf(NodeId node) const;
    at::ScalarType typeOf(const std::optional<Grid>& grid) const { return grid ? integerType(*grid) : m_type; }
    IntegerWeights integersOf(const LoweredNode& lowered) const;
    at::Tensor inType(const at::Tensor& x) const { return x.is_floating_point() ? x.to(m_type) : x; }
    std::vector<std::int64_t> sizesOf(NodeId node) const;
    Tensors parametersOf(const Node& node) const;
    Weights weightsOf(const LoweredNode& lowered) const;
    void foldInto(Weights& weights, NodeId node) const;
    Epilogues epiloguesOf(const LoweredNode& lowered, const at::Tensor& y);

    at::Tensor allocate(at::IntArrayRef sizes, at::MemoryFormat format = kRowMajor);
    at::Tensor allocate(at::IntArrayRef sizes, at::MemoryFormat format, at::ScalarType type);
    at::Tensor quantized(NodeId node, const at::Tensor& x, const Grid& grid, at::MemoryFormat format);
    at::Tensor dequantized(NodeId node, const at::Tensor& x, const Grid& grid);
    at::Tensor cast(NodeId node, const at::Tensor& x, at::ScalarType type);
    bool isConstant(NodeId node) const;
    at::Tensor allocateLike(const at::Tensor& x, at::IntArrayRef sizes);
    at::Tensor copied(NodeId node, const at::Tensor& x, at::MemoryFormat format);
    at::Tensor image(NodeId node, const at::Tensor& x); ///< in channels-last order, copied where it is not
    at::Tensor rows(NodeId node, const at::Tensor& x);  ///< [rows, features]
    at::Tensor dense(NodeId node, const at::Tensor& x); ///< row-major
    at::Tensor viewed(NodeId node, const at::Tensor& x, at::IntArrayRef sizes);

    void computeConstants();
    void convertInput();
    at::Tensor addStored(const LoweredNode& lowered);
    at::Tensor add(const LoweredNode& lowered);
    at::Tensor movement(const LoweredNode& lowered);
    at::Tensor convolution(const LoweredNode& lowered, const op::Conv2d& conv);
    at::Tensor integerConvolution(const LoweredNode& lowered, const op::Conv2d& conv);
    at::Tensor linear(const LoweredNode& lowered);
    at::Tensor integerLinear(const LoweredNode& lowered);
    at::Tensor batchNorm(const LoweredNode& lowered, const op::BatchNorm2d& norm);
    at::Tensor layerNorm(const Node& node, NodeId id, const op::LayerNorm& norm);
    at::Tensor affine(const Node& node, NodeId id);
    at::Tensor activation(const Node& node, NodeId id, const op::Activation& activation);
    at::Tensor maxPool(const Node& node, NodeId id, const op::MaxPool2d& pool);
    at::Tensor averagePool(const Node& node, NodeId id, const op::AvgPool2d& pool);
    at::Tensor adaptivePool(const Node& node, NodeId id, const op::AdaptiveAvgPool2d& pool);
    at::Tensor sumOrProduct(const Node& node, NodeId id, bool product);
    at::Tensor concat(const Node& node, NodeId id, const op::Concat& concat);
    at::Tensor mean(const Node& node, NodeId id, const op::Mean& mean);
    at::Tensor embedding(const Node& node, NodeId id);
    at::Tensor attention(const Node& node, NodeId id, const op::Attention& attention);
    at::Tensor view(const Node& node, NodeId id);
    at::Tensor anything(const Node& node, NodeId id);

    const Graph& m_graph;
    const LoweredGraph& m_lowered;
    Tensors m_parameters;
    std::int64_t m_batch;
    Mode m_mode;
    at::ScalarType m_type;
    const Quantization* m_quantization;
    std::optional<Grid> m_kept; ///< that the step at hand keeps: integers go in and come out
    /// Values converted for those who compute in another type.
    std::map<std::pair<NodeId, at::ScalarType>, at::Tensor> m_converted;
    VirtualMemory m_memory;
    Tensors m_values; ///< by node
    std::vector<Step> m_steps;
    std::vector<Finished> m_finished;
};

} // namespace lathe::engine
