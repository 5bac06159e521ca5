#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/quantization/calibration_set.h"
#include "core/quantization/layer_errors.h"
#include "core/training/training.h"

/// A quantization as users ask for it: names in, a quantized model and what it cost out.
namespace lathe {

struct QuantizationSubjectNames {
    std::string model;       ///< an architecture or a model file that is not quantized
    Shape input;             ///< may be empty
    std::string calibration; ///< a dataset and a number of images, as in dataset_name.h; empty: random inputs
    std::int64_t batch = 32; ///< images at once
    std::uint64_t seed = 0;  ///< draws the images
};

/// What is quantized, and what on.
struct QuantizationSubject {
    LoadedModel model;                      ///< first weights from a fixed seed where it has none
    bool isTrained = false;                 ///< its weights came from a file
    std::shared_ptr<const Dataset> dataset; ///< null: calibrated on random inputs
    std::optional<CalibrationSet> calibration;

    /// The calibration's batches, or one random input.
    CalibrationData data() const;
};
Result<QuantizationSubject> loadQuantizationSubject(Backend& backend, const QuantizationSubjectNames& names);

struct QuantizationOutcome {
    LoadedModel model;              ///< quantized; saveModel writes it
    StateDict exact;                ///< its graph's weights before they were rounded
    std::vector<LayerError> errors; ///< on what it was calibrated on
};
Result<QuantizationOutcome> quantize(Backend& backend, const QuantizationSubject& subject,
                                     const QuantizationOptions& options, std::stop_token stop = {},
                                     const ProgressSink& progress = {});

/// The same outcome with its errors measured anew, for one whose layers were changed.
Result<QuantizationOutcome> layerErrorsOf(Backend& backend, const QuantizationSubject& subject,
                                          QuantizationOutcome outcome, const std::stop_token& stop = {},
                                          const ProgressSink& progress = {});

/// A few epochs of training under the rounding, for where quantizing afterwards loses too much: from the weights before
/// they were rounded, on the outcome's grids. Fails where there are no images to train on.
Result<QuantizationOutcome> fineTune(Backend& backend, const QuantizationSubject& subject,
                                     const QuantizationOutcome& outcome, const TrainingOptions& options,
                                     const TrainingEvents& events = {}, std::stop_token stop = {});

/// What that is usually done with: SGD with momentum and a low learning rate that falls to 0, the best epoch kept.
TrainingOptions usualFineTuning(int epochs, std::uint64_t seed, int threads);

} // namespace lathe
