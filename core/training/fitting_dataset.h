#pragma once

#include <cstdint>

#include "core/datasets/dataset.h"
#include "core/datasets/dataset_name.h"
#include "core/formats/model_file.h"

/// A dataset for a model that is there already.
namespace lathe {

/// Synthetic images are those that a training with this seed made for the model. Fails where the images are none that
/// the model takes.
Result<Dataset> loadFor(const LoadedModel& model, const DatasetName& name, std::uint64_t seed);

/// Fails where the model does not sort into the dataset's classes.
Result<void> checkClasses(const LoadedModel& model, const Dataset& dataset);

/// The model's own where its file says how it wants its input, else the dataset's.
Normalisation normalisationFor(const LoadedModel& model, const Dataset& dataset);

} // namespace lathe
