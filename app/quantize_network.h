#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/quantize_options.h"

namespace lathe::cli {

/// `lathe quantize MODEL`: a network quantized after training, and what that costs each layer and its accuracy.
struct QuantizeNetworkOptions {
    std::string model; ///< an architecture or a model file
    std::string scheme = "static";
    std::string calibrate; ///< empty: random inputs
    std::int64_t batch = 32;
    std::vector<std::string> keep;       ///< layers that stay in float32
    std::vector<std::string> precisions; ///< "layer=precision"
    std::string weightObserver = "minmax";
    std::string target = "here"; ///< the instructions that weights get their bits for
    bool signedActivations = false;
    bool equalize = false;
    bool correctBiases = false;
    int fineTuneEpochs = 0;
    std::optional<double> suggestDb;     ///< budget of the output's SQNR
    std::optional<double> suggestPoints; ///< per cent of inputs that may change their class
    bool measure = false;
    std::vector<std::int64_t> batches{1, 8};
    double maxSeconds = 20.0;
    int threads = 0;
    std::string out;
};
void addNetworkOptions(CLI::App& app, QuantizeNetworkOptions& options); ///< all but the model

Result<void> quantizeNetwork(const QuantizeNetworkOptions& options, const QuantizeOptions& values,
                             const std::string& input, std::uint64_t seed, bool json);

} // namespace lathe::cli
