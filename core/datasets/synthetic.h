#pragma once

#include <cstdint>

#include "core/datasets/dataset.h"

namespace lathe {

/// Images that need no file, for a try-out and for calibration where no data are at hand.
struct SyntheticOptions {
    Shape image{1, 28, 28};    ///< C x H x W
    std::int64_t classes = 10; ///< 1 to 1000
    std::uint64_t seed = 0;
    std::int64_t trainImages = 6000; ///< fewer where they would take more than 64 MB
    std::int64_t testImages = 1000;
};

/// A smooth random pattern for each class; an image is its class's pattern, shifted by up to an eighth of the width,
/// of another contrast, under noise. Sorted out well by small networks, and not by chance alone.
Dataset synthesise(const SyntheticOptions& options);

} // namespace lathe
