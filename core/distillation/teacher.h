#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/training/evaluation.h"

namespace lathe {

/// A trained network of any origin, and how it wants images.
struct Teacher {
    LoadedModel model;           ///< with weights
    Normalisation normalisation; ///< one entry for each channel of its input
};

/// Fails where the model has no weights, takes no images or has other classes than the dataset.
Result<void> checkTeacher(const LoadedModel& model, const Dataset& dataset);

/// Opens a model file. Its normalisation is the one given, or that of its file, or of a preprocessor_config.json in
/// the same folder ("image_mean", "image_std": Hugging Face's), or the dataset's, in this order. InvalidArgument where
/// it cannot teach, or has entries for other channels.
Result<Teacher> loadTeacher(const std::string& file, const Dataset& dataset,
                            const std::optional<Normalisation>& given = {});

/// How well it sorts the test images, made such as it takes them (see TeacherImages).
Result<Evaluation> evaluateTeacher(Backend& backend, const Teacher& teacher, const Dataset& dataset,
                                   std::stop_token stop = {}, const ProgressSink& progress = {});

} // namespace lathe
