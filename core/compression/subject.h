#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/compression/calibration_set.h"
#include "core/engine/backend.h"

/// The network that is to be made cheaper, and what that is done and judged on.
namespace lathe {

struct CompressionSubjectNames {
    std::string model;       ///< an architecture or a model file that is not quantized
    Shape input;             ///< may be empty
    std::string calibration; ///< a dataset and a number of images, as in dataset_name.h; empty: random inputs
    std::int64_t batch = 32; ///< images at once
    std::uint64_t seed = 1;  ///< draws the images
};

struct CompressionSubject {
    LoadedModel model;                      ///< first weights from a fixed seed where it has none
    bool isTrained = false;                 ///< its weights came from a file
    std::shared_ptr<const Dataset> dataset; ///< null: random inputs
    std::optional<CalibrationSet> calibration;

    /// The calibration's batches, or one random input.
    CalibrationData data() const;
};

/// InvalidArgument for a quantized network, Unsupported for a sealed program, and as loadModel, loadFor and
/// CalibrationSet.
Result<CompressionSubject> loadCompressionSubject(Backend& backend, const CompressionSubjectNames& names);

} // namespace lathe
