#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

/// A node within the network that learns to look like one within its teacher, whose values come with the batch.
struct Hint {
    enum class Kind {
        Features, ///< mean square of the differences (Romero et al., "FitNets", 2014, without a regressor): same shape
        /// Mean square of the differences of the attention maps, each of length 1 (Zagoruyko and Komodakis, "Paying
        /// More Attention to Attention", 2016, as their code has it): same height and width, or as many tokens.
        Attention
    };
    Kind kind = Kind::Attention;
    std::string node;      ///< by name
    double weight = 100.0; ///< times which it is added to the loss

    bool operator==(const Hint&) const = default;
};

/// What is learnt from a teacher: the loss is (1 - alpha) times the cross-entropy with the labels, plus alpha times
/// that of the teacher.
struct Distillation {
    enum class Loss {
        /// T^2 KL(softmax(teacher / T) || softmax(student / T)), mean over the batch (Hinton et al., "Distilling the
        /// Knowledge in a Neural Network", 2015)
        SoftLabels,
        Logits, ///< mean square of the differences of logits (Ba and Caruana, "Do Deep Nets Really Need to be Deep?")
        HardLabels ///< cross-entropy with the teacher's classes (Touvron et al., "DeiT", 2021)
    };
    Loss loss = Loss::SoftLabels;
    double temperature = 4.0; ///< T, of SoftLabels alone
    double alpha = 0.9;       ///< from 0 to 1
    std::optional<Hint> hint = {};

    bool operator==(const Distillation&) const = default;
};

/// What a teacher answered to a batch, float32.
struct TeacherAnswers {
    HostTensor logits; ///< N x classes
    HostTensor hint;   ///< N x what the node gives, or N x its attention map's entries; empty without a hint
};

struct TraineeOptions {
    OptimizerOptions optimizer;
    double labelSmoothing = 0.0; ///< share of a label's weight that all classes divide among them
    /// By parameter's name, of its shape: 0 where an entry is pruned, uint8. Those entries are zero and stay so; the
    /// others learn as PyTorch's pruned modules do.
    StateDict masks = {};
    std::optional<Distillation> distillation = {};
};

/// What a step found on its batch, before it changed anything.
struct StepResult {
    double loss = 0.0;        ///< that is minimised: mean cross-entropy (natural logarithm), or Distillation's
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
    /// 1. Where the loss is not finite, it is returned and the parameters stay. `teacher`: where the options have a
    /// distillation, and only there.
    virtual Result<StepResult> step(const HostTensor& x, const HostTensor& labels, double learningRate,
                                    const TeacherAnswers* teacher = nullptr) = 0;

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
