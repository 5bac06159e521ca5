#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ui/quantization/quantize_work.h"

namespace lathe::ui {

/// A layer of a quantized network as table and map show it. Ratios in dB are infinite without any error, and not there
/// where nothing was measured.
struct LayerRow {
    NodeId node = 0;
    std::string name;
    std::string operation;
    Precision given = Precision::Float32;  ///< by the scheme; float32: there is no choice
    Precision chosen = Precision::Float32; ///< as the user wants it
    std::string reason;                    ///< why it has no choice; half a sentence
    bool isComputed = false;               ///< a convolution or linear layer
    std::optional<double> weightDb;
    std::optional<double> outputDb;
    std::optional<double> accumulatedDb;
    std::optional<double> sensitivityDb; ///< of the network's output with this layer alone quantized
    std::optional<double> floatMs;
    std::optional<double> quantizedMs;

    bool hasChoice() const { return given != Precision::Float32; }
    std::optional<double> savedMs() const;
};

/// Layers with weights, in the order they run.
std::vector<LayerRow> layerRows(const QuantizedNetwork& network);

/// Layers that are often left in float32, or alone are not.
enum class LayerPreset { All, EndsInFloat, Convolutions, Linear, None };
std::set<NodeId> presetLayers(const std::vector<LayerRow>& rows, LayerPreset preset);

/// Layers that are otherwise than the scheme has them.
PrecisionChoice choiceOf(const std::vector<LayerRow>& rows);

/// The choice that leaves all but these in float32.
PrecisionChoice allButInFloat(const std::vector<LayerRow>& rows, const std::set<NodeId>& quantized);

/// "33.1", or "exact" without error; empty where it was not measured.
std::string decibelText(const std::optional<double>& decibels);

} // namespace lathe::ui
