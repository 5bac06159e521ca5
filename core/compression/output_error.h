#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "core/compression/batches.h"
#include "core/engine/backend.h"

namespace lathe {

/// How far a compressed network's output is from that of the network it was made from, on the same inputs.
struct OutputError {
    double signal = 0.0; ///< sum of squares of the output before
    double noise = 0.0;  ///< of the differences
    std::int64_t samples = 0;
    std::int64_t agreeing = 0; ///< samples with the same largest output
    std::int64_t correct = 0;  ///< samples whose largest output is their label; 0 where there are no labels

    double sqnrDb() const; ///< signal to noise, 10 log10 of their ratio; infinite without noise
    double agreement() const;
};

/// What a network gives, kept for many comparisons.
struct ExactOutputs {
    std::vector<HostTensor> inputs;
    std::vector<HostTensor> outputs;
    std::vector<std::int64_t> labels; ///< one a sample; empty: not known
};
Result<ExactOutputs> outputsOf(Network& network, const Batches& batches, const std::stop_token& stop = {});

Result<OutputError> outputError(Network& network, const ExactOutputs& exact, const std::stop_token& stop = {});

} // namespace lathe
