#pragma once

#include <filesystem>

#include "core/base/result.h"
#include "core/datasets/dataset.h"

namespace lathe {

/// A folder of images by class: "train/CLASS/*" and "test/CLASS/*", or "CLASS/*" of which every fifth image, in the
/// order of a fixed shuffle, is a test image. PNG, JPEG, BMP and PNM; other files are passed over.
///
/// A dataset's images have one size and one number of channels. Images that are all of one size of at most 224 pixels a
/// side stay as they are; others are cut to their middle square and resized to the least of their sides, 224 at most.
/// They are grey where all are, else RGB.
///
/// InvalidArgument for fewer than two classes, a class that one part lacks, or too few images; BadFile with the file's
/// name for an image that cannot be read; OutOfMemory where they would take more than half of the memory there is.
Result<Dataset> loadImageFolder(const std::filesystem::path& folder);

/// C x H x W of these images, from the files' headers alone.
Result<Shape> imageFolderShape(const std::filesystem::path& folder);

} // namespace lathe
