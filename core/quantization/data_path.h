#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/quantization/savings.h"

/// The way that values take through a quantized network: conversions, integer and float operations.
namespace lathe {

/// What a step does.
enum class StepKind {
    Quantize,   ///< float32 to integers
    Dequantize, ///< integers to float32
    Integers,   ///< computes on integers: a product, or values that keep their grid
    Float       ///< computes in float
};

/// Something that a step's arithmetic needs.
struct StepParameter {
    std::string name;          ///< "s_x", "z_x", "w_int", ...
    std::string value;         ///< "0.01865", "int8, 64x3x7x7, from -63 to 63"
    bool isFixedBefore = true; ///< false: found anew for every inference
};

struct PathStep {
    StepKind kind = StepKind::Float;
    NodeId node = 0;
    std::string layer; ///< the node's name
    std::string kernel;
    std::string reads; ///< of the value that comes from the layers before: "uint8 8x64x56x56"
    std::string writes;
    std::string formula; ///< "x_int = round(x / 0.01865 + 114)"; empty for operations in float
    std::vector<StepParameter> parameters;
    std::int64_t bytes = 0; ///< read and written, weights included
    double milliseconds = 0.0;
};

struct DataPath {
    std::vector<PathStep> steps; ///< in the order they run
    int quantizations = 0;
    int dequantizations = 0;
    double conversionMs = 0.0;
    double totalMs = 0.0;
    std::int64_t bytes = 0; ///< of all steps
};

/// Of the steps as `Savings` has them. `batch` is that of the steps.
DataPath dataPath(const QuantizationOutcome& outcome, const std::vector<TimedStep>& steps);

/// The steps of one layer.
std::vector<PathStep> stepsOf(const DataPath& path, NodeId node);

/// All steps, those of one kind that follow each other taken together: where the network computes on integers and where
/// it does not. A single one keeps its formula.
std::vector<PathStep> stagesOf(const DataPath& path);

/// "Conversions take 0.21 of 4.3 ms (4.9 %): 12 to integers, 3 back to float.", ...
std::vector<std::string> dataPathSentences(const DataPath& path);

/// Bytes that the steps read and write, with the stored bytes of the weights: of the quantized layers' as the outcome
/// stores them, or (`inFloat`) all as float32.
std::int64_t bytesMoved(const QuantizationOutcome& outcome, const std::vector<TimedStep>& steps, bool inFloat);

} // namespace lathe
