#pragma once

#include "core/engine/torch/kept_memory.h"
#include "core/engine/torch/kernels.h"
#include "core/engine/torch/network_input.h"
#include "core/engine/torch/optimizer.h"
#include "core/engine/trainee.h"
#include "core/quantization/quantization.h"

namespace lathe::engine {

/// Runs a graph's kernels under LibTorch's differentiation. Images and the weights of convolutions lie in NHWC order,
/// and memory is kept from step to step.
class TorchTrainee : public Trainee {
public:
    /// `quantization`: null for training in float; copied.
    TorchTrainee(const Graph& graph, const StateDict& weights, const TraineeOptions& options,
                 const Quantization* quantization);

    Result<StepResult> step(const HostTensor& x, const HostTensor& labels, double learningRate,
                            const TeacherAnswers* teacher) override;
    Result<StateDict> gradients(const HostTensor& x, const HostTensor& labels) override;
    Result<HostTensor> evaluate(const HostTensor& x) override;
    Result<TraineeState> state() override;
    Result<void> restore(const TraineeState& state) override;

private:
    Result<void> checkLabels(const HostTensor& x, const HostTensor& labels) const;
    Tensors parametersOf(NodeId id) const;
    at::Tensor roundedAsStored(NodeId id, at::Tensor value) const;
    /// Logits; what the node `kept` gave goes to `keptValue`, unless that is null.
    at::Tensor forward(const HostTensor& x, Statistics statistics, NodeId kept = {}, at::Tensor* keptValue = nullptr);
    struct Outcome {
        at::Tensor logits;
        at::Tensor loss;
    };
    Outcome outcomeOf(const HostTensor& x, const at::Tensor& labels, const TeacherAnswers* teacher);
    Result<void> checkTeacher(const HostTensor& x, const TeacherAnswers* teacher) const;
    std::vector<Learning> learning() const;
    void prune(const StateDict& masks);
    void maskGradients() const;

    Graph m_graph;
    std::optional<Quantization> m_quantization;
    NetworkInput m_input;
    double m_labelSmoothing;
    std::optional<Distillation> m_distillation;
    std::vector<std::vector<NodeId>> m_released; ///< by node: values nobody reads after it
    Tensors m_parameters;                        ///< by ParameterId; the trainable ones take gradients
    Tensors m_masks;                             ///< by ParameterId; undefined where nothing is pruned
    Optimizer m_optimizer;
    KeptMemory m_memory;
};

} // namespace lathe::engine
