#pragma once

#include <filesystem>

#include "core/base/result.h"
#include "core/datasets/dataset.h"

/// The IDX format of MNIST and its kin: two zero bytes, the type of the elements (8: unsigned bytes), the number of
/// extents, each extent as 32 big-endian bits, the elements (http://yann.lecun.com/exdb/mnist).
namespace lathe {

/// Images N x H x W as N x 1 x H x W, and their labels, each from 0 to `classes` - 1. Either file may be gzipped.
/// Truncated, longer than they say, of another kind, or not belonging together: one sentence that names the file.
Result<ImageSet> readIdx(const std::filesystem::path& images, const std::filesystem::path& labels,
                         std::int64_t classes);

/// The four files of MNIST's naming in a folder ("train-images-idx3-ubyte", ...), each with or without ".gz", as one
/// dataset with Fashion-MNIST's classes (Xiao, Rasul and Vollgraf, 2017).
Result<Dataset> loadFashionMnist(const std::filesystem::path& folder);

} // namespace lathe
