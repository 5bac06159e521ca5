#pragma once

#include <filesystem>

#include "core/base/result.h"
#include "core/datasets/dataset.h"

namespace lathe {

/// CIFAR-10 (Krizhevsky, 2009) in its binary version: data_batch_1.bin to data_batch_5.bin and test_batch.bin, whose
/// records are a label and 3 x 32 x 32 pixels. Looks into the folder, and into its "cifar-10-batches-bin".
Result<Dataset> loadCifar10(const std::filesystem::path& folder);

} // namespace lathe
