#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/quantization/distributions.h"

namespace lathe {

/// Values to be quantized, and where they are from.
struct TensorValues {
    std::string what;               ///< "weights of conv1 of resnet18"
    HostTensor tensor;              ///< float32
    std::int64_t channelAxis = 0;   ///< along which channels lie
    std::vector<std::string> notes; ///< sentences on what should be known about them

    std::span<const float> values() const;
};

/// So many samples for each of some channels. Several channels differ in spread as those of a trained layer do: their
/// factors go evenly, on a logarithmic scale, from 1 down to a tenth.
TensorValues drawnValues(Distribution distribution, std::int64_t channels, std::int64_t samples, std::uint64_t seed);

/// Samples for each channel that sums of errors need, so that the values' own mean error does not show: a million in
/// all.
std::int64_t samplesForSums(std::int64_t channels, std::int64_t samples);

/// Numbers between commas, blanks or line ends; a semicolon begins the next channel. InvalidArgument with the text that
/// is no finite number, or where channels differ in length.
Result<TensorValues> parsedValues(std::string_view text);

/// Nodes with weights, in the order they run.
std::vector<std::string> layersWithWeights(const Graph& graph);

/// What of a layer is wanted.
struct LayerRequest {
    std::string layer;        ///< the node's name
    bool activations = false; ///< what it gives out when the network runs on a random input (normal values, or tokens)
    std::int64_t batch = 1;   ///< of that input
    std::uint64_t seed = 1;   ///< of the input, and of weights that no file has

    bool operator==(const LayerRequest&) const = default;
};

/// A layer's weights or activations. Where the model has no file its weights are drawn, and a note says so. NotFound
/// for a layer that there is not, InvalidArgument for one without weights.
Result<TensorValues> layerValues(Backend& backend, const LoadedModel& model, const LayerRequest& request);

} // namespace lathe
