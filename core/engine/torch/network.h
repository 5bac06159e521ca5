#pragma once

#include "core/engine/backend.h"
#include "core/engine/torch/kept_memory.h"
#include "core/engine/torch/kernels.h"
#include "core/engine/torch/network_input.h"

namespace lathe::engine {

/// Runs a graph's kernels one by one; values live as long as Python's references would keep them (Lifetimes::Eager).
class TorchNetwork : public Network {
public:
    /// `mode`: one of those that do not run the lowered network.
    /// `quantization`: how values are rounded, null: not at all.
    TorchNetwork(const Graph& graph, const StateDict& weights, Mode mode, at::Device device,
                 const Quantization* quantization);

    Result<HostTensor> infer(const HostTensor& x) override;
    Result<void> setBatch(std::int64_t batch) override;
    Result<void> run() override;
    Result<std::vector<double>> runTimed() override;
    Result<std::int64_t> peakTensorBytes() override;
    Result<OperationCount> countOperations() override;
    Result<void> watch(const HostTensor& x, const std::vector<NodeId>& nodes, const Seen& seen) override;

private:
    struct Step {
        Kernel kernel;
        std::vector<NodeId> inputs;
        std::vector<NodeId> released;               ///< values nobody reads after this step
        std::optional<QuantizationParameters> grid; ///< that its value is rounded to
        bool isBFloat16 = false;                    ///< its input and output are rounded to that
        bool isDynamic = false;                     ///< its input is rounded to a grid of its own
    };

    Tensors bind(const Graph& graph, const Node& node, const StateDict& weights) const;
    at::Tensor place(const at::Tensor& tensor) const; ///< on the device, in the mode's memory order
    at::Tensor forward(const at::Tensor& x);
    at::Tensor forwardTimed(const at::Tensor& x, std::vector<double>& seconds);
    OperationCount forwardCounted(const at::Tensor& x);
    at::Tensor runStep(std::size_t index);
    void setInput(const at::Tensor& x);
    at::Tensor takeOutput();
    KeptMemory::Use useMemory() const { return KeptMemory::Use(m_memory ? &*m_memory : nullptr); }
    void synchronize() const;

    std::string m_name;
    NetworkInput m_input;
    NodeId m_output;
    bool m_channelsLast;
    std::optional<KeptMemory> m_memory; ///< none: memory stays LibTorch's affair
    at::Device m_device;
    std::vector<Step> m_steps; ///< one a node; the first, the input, does nothing
    Tensors m_values;          ///< by node, while a forward runs
    Tensors m_arguments;       ///< of the running step
    at::Tensor m_x;            ///< the kept input
};

} // namespace lathe::engine
