#pragma once

#include "core/engine/backend.h"
#include "core/engine/torch/fused/step.h"
#include "core/engine/torch/kept_memory.h"
#include "core/engine/torch/network_input.h"
#include "core/lowering/lowered_graph.h"

namespace lathe::engine {

/// Runs a graph as a deployment would: lowered, in kernels chosen by measurement, on memory that is planned beforehand.
/// The plan is for one batch and number of threads and is made anew for another. Values between the layers are float32
/// or bfloat16; sums within a layer are float32 in both.
class FusedNetwork : public Network {
public:
    /// `mode`: one that runs the lowered network. `quantization`: of the graph, null for none.
    FusedNetwork(const Graph& graph, const StateDict& weights, Mode mode, const Quantization* quantization);

    Result<HostTensor> infer(const HostTensor& x) override;
    Result<void> setBatch(std::int64_t batch) override;
    Result<void> run() override;
    Result<std::vector<double>> runTimed() override;
    Result<std::vector<TimedStep>> runSteps() override;
    Result<std::int64_t> peakTensorBytes() override;
    Result<OperationCount> countOperations() override;
    Result<void> watch(const HostTensor& x, const std::vector<NodeId>& nodes, const Seen& seen) override;

private:
    struct Planned {
        NodeId node = 0;
        Made made;
        Tensors reads; ///< oneDNN knows addresses alone
        at::Tensor write;
    };

    void plan(const at::Tensor& input);
    void planForKept();
    at::Tensor takeInput(const HostTensor& x);
    void show(const Finished& finished, const Seen& seen) const;
    void forward() const;
    std::vector<double> forwardTimed() const;

    Graph m_graph;
    LoweredGraph m_lowered;
    NetworkInput m_takes;
    Mode m_mode;
    std::optional<Quantization> m_quantization;
    Tensors m_parameters; ///< by ParameterId
    KeptMemory m_memory;
    Workshop m_workshop;
    std::vector<Planned> m_steps;
    std::vector<Finished> m_finished;
    int m_threads = 0; ///< that the plan is for
    std::int64_t m_keptBatch = 1;
    at::Tensor m_input; ///< [N, ...], as a user gives it: row-major
    at::Tensor m_output;
    std::int64_t m_arenaBytes = 0;
};

} // namespace lathe::engine
