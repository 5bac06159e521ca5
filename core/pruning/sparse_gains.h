#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/benchmark/compare.h"
#include "core/pruning/break_even.h"

/// Which layers of a network, with the zeros that it has, would gain from being stored sparse.
namespace lathe {

struct LayerSparseGain {
    std::string name;
    std::string operation;
    std::int64_t weights = 0;
    double sparsity = 0.0; ///< share of its weights that are 0, after batch norm is folded in
    double denseMs = 0.0;  ///< medians, in turns
    double csrMs = 0.0;
    double bsrMs = 0.0;
    double chosenMs = 0.0;    ///< in the mode "sparse"
    std::string chosenKernel; ///< of that mode
    /// The chosen way is shown to be faster than the dense one (sign test over the rounds, kComparisonConfidence).
    bool gains = false;
};

struct SparseGains {
    std::int64_t batch = 1;
    int threads = 1;
    int rounds = 0;
    std::vector<LayerSparseGain> layers; ///< convolutions and linear layers, in the order they run
    Comparison network;                  ///< A: "fused", B: "sparse"
    Environment environment;
};

struct SparseGainOptions {
    std::int64_t batch = 1;
    int threads = 1;
    double seconds = 20.0; ///< half for the layers, half for the whole network
};

/// Runs the network dense, in each format and as "sparse" chooses, in turns.
Result<SparseGains> measureSparseGains(Backend& backend, const LoadedModel& model, const SparseGainOptions& options,
                                       const Probe& probe, const std::stop_token& stop, const ProgressSink& progress);

/// Which layers gain, what the network gains, and why not more.
std::vector<std::string> sparseGainSentences(const SparseGains& gains);

std::string sparseGainsToJson(const SparseGains& gains);

} // namespace lathe
