#pragma once

#include <string>

#include "core/base/result.h"
#include "core/quantization/quantization.h"

/// Quantized networks inside a safetensors file: a quantized layer's "<name>.weight" holds its integers (int8 of the
/// weight's shape, or uint8 [out, ...] with two of 4 bits in a byte, the first in the lower half) and
/// "<name>.weight_scale" its scales (float32); the metadata say the rest.
namespace lathe {

/// The metadata entry that says how layers and values are quantized.
inline constexpr const char* kQuantizationMetadata = "lathe.quantization";

/// The metadata entry's text.
std::string quantizationToJson(const Graph& graph, const Quantization& quantization);

/// Tensors as the file holds them, in the order of the graph's state dict. `weights`: the graph's.
StateDict packedWeights(const Graph& graph, const StateDict& weights, const Quantization& quantization);

/// What a file holds, as it was: bit for bit. `tensors`: the file's; `source`: what the user calls it. BadFile where
/// the text or a tensor is not as this version writes it.
Result<QuantizedModel> quantizedModelFrom(const Graph& graph, const StateDict& tensors, const std::string& json,
                                          const std::string& source);

} // namespace lathe
