#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/graph/graph.h"
#include "core/quantization/affine.h"
#include "core/quantization/granularity.h"

/// A network of which layers compute with integers. Values between layers and weights are plain integers with scales
/// and zero points of our own.
namespace lathe {

/// How a layer computes. `name`: "float32", "bf16", "int8", "int8-dynamic", "int8-weight-only", "int4-weight-only".
enum class Precision {
    Float32,
    BFloat16,    ///< input, weight and output rounded to bfloat16, sums in float32
    Int8,        ///< weight and input in int8, both on grids that are fixed beforehand
    Int8Dynamic, ///< the same, the grid of the input found anew for every inference
    Int8Weights, ///< the weight is stored in int8 and computed with in float
    Int4Weights  ///< the same in 4 bits, a scale for each group of input features
};
std::string_view name(Precision precision);
Result<Precision> precisionFromName(std::string_view name);

/// A weight in integers; zero points are 0. `integers`: int8, of the weight's shape [out, ...], 4-bit ones too.
struct QuantizedWeight {
    HostTensor integers;
    std::vector<float> scales; ///< one a part of `granularity`
    Granularity granularity;
    int bits = 8; ///< that the integers use: 7 where the CPU's 8-bit products would saturate

    HostTensor dequantized() const; ///< float32
};

/// The reason of a layer that the user, or a suggestion, left in float32.
inline constexpr const char* kChosenReason = "chosen so";

/// What becomes of one node.
struct LayerQuantization {
    Precision precision = Precision::Float32;
    std::string reason;                    ///< why a layer with weights stays in float32; half a sentence
    std::optional<QuantizedWeight> weight; ///< of those that compute with or store integers
};

struct Quantization {
    std::vector<LayerQuantization> layers; ///< by node
    /// By node: the grid that its value is rounded to once it is written, for whoever reads it; none: it stays float32.
    std::vector<std::optional<QuantizationParameters>> values;

    bool quantizes(NodeId node) const { return values[static_cast<std::size_t>(node)].has_value(); }
    const LayerQuantization& layer(NodeId node) const { return layers[static_cast<std::size_t>(node)]; }
};

/// The name of its precision, with the weight's bits where these are not what the name says: "int8",
/// "int8, 4-bit weights".
std::string precisionText(const LayerQuantization& layer);

/// In a word or two: what most quantized layers have, "mixed" where others have another by choice: "int8",
/// "int8-dynamic", "int8 mixed", "int8, 4-bit weights".
std::string schemeText(const Quantization& quantization);

/// Values rounded to a grid, float32.
HostTensor onGrid(const HostTensor& x, const QuantizationParameters& grid);

/// A network as it is deployed: folded (see folded_model.h), its quantized layers' weights rounded.
struct QuantizedModel {
    Graph graph;
    StateDict weights; ///< the graph's, in its order; float32, those of quantized layers as their integers have them
    Quantization quantization;
    StateDict exact; ///< as `weights` before they were rounded; empty where that is not known
};

} // namespace lathe
