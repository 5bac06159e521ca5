#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace lathe {

/// How gradients change the parameters: torch.optim's SGD, Adam and AdamW, by its formulas.
struct OptimizerOptions {
    enum class Kind { Sgd, Adam, AdamW };
    Kind kind = Kind::Sgd;
    double momentum = 0.9; ///< of SGD, without dampening
    bool nesterov = false; ///< of SGD
    double beta1 = 0.9;    ///< of Adam and AdamW, as the two below
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.0; ///< of every trainable parameter: added to its gradient, but AdamW shrinks the parameter

    bool operator==(const OptimizerOptions&) const = default;
};

struct TraineeOptions {
    OptimizerOptions optimizer;
    double labelSmoothing = 0.0; ///< share of a label's weight that all classes divide among them
    /// By parameter's name, of its shape: 0 where an entry is pruned, uint8. Those entries are zero and stay so; the
    /// others learn as PyTorch's pruned modules do.
    StateDict masks;
};

/// What a step found on its batch, before it changed anything.
struct StepResult {
    double loss = 0.0;        ///< mean cross-entropy (natural logarithm)
    std::int64_t correct = 0; ///< samples whose largest logit is their label's
};

/// All that a training goes on from.
struct TraineeState {
    StateDict weights;   ///< of the graph, in its order
    StateDict optimizer; ///< "momentum_buffer.<parameter>", "exp_avg.<parameter>", ..., "step"
};

/// A network with parameters that learn. Batch normalisation takes the statistics of the batch in a step, and the
/// running ones in an evaluation. The same calls give the same bits on one thread. Not thread-safe; use it on one
/// thread.
class Trainee {
public:
    virtual ~Trainee() = default;

    /// One update. `x` is what the graph takes, N of it; `labels` are int64, N, from 0 to the number of classes less
    /// 1. Where the loss is not finite, it is returned and the parameters stay.
    virtual Result<StepResult> step(const HostTensor& x, const HostTensor& labels, double learningRate) = 0;

    /// Of the mean cross-entropy on a batch, for every trainable parameter in the graph's order, float32. Batch
    /// normalisation takes its running statistics, and nothing changes.
    virtual Result<StateDict> gradients(const HostTensor& x, const HostTensor& labels) = 0;

    /// Logits, N x classes.
    virtual Result<HostTensor> evaluate(const HostTensor& x) = 0;

    /// A copy.
    virtual Result<TraineeState> state() = 0;

    /// As `state` gave it, for the same graph and optimizer; another is an error and changes nothing.
    virtual Result<void> restore(const TraineeState& state) = 0;
};

} // namespace lathe
