#pragma once

#include <string>
#include <vector>

#include "core/engine/torch/kernels.h"
#include "core/engine/trainee.h"

namespace lathe::engine {

/// A tensor that learns, and its name in the state dict. It may lie in any dense memory order, and its gradient lies in
/// the same.
struct Learning {
    std::string name;
    at::Tensor tensor;
};

/// torch.optim's SGD, Adam or AdamW, in LibTorch's form of one call for all parameters.
class Optimizer {
public:
    Optimizer(const OptimizerOptions& options, std::vector<Learning> parameters);

    /// Changes the parameters by their gradients and forgets these. One without a gradient stays.
    void step(double learningRate);

    StateDict state() const;
    Result<void> restore(const StateDict& state);

private:
    struct Moment {
        std::string name; ///< torch.optim's: "exp_avg"
        Tensors tensors;  ///< one a parameter, in its memory order
    };
    struct Lists {
        Tensors parameters;
        Tensors gradients;
        std::vector<Tensors> moments;
    };
    Lists learningNow() const;
    void stepSgd(const Lists& lists, double learningRate) const;
    void stepAdam(const Lists& lists, double learningRate) const;

    OptimizerOptions m_options;
    std::vector<Learning> m_parameters;
    std::vector<Moment> m_moments;
    at::Tensor m_step; ///< of Adam and AdamW: updates so far
};

} // namespace lathe::engine
