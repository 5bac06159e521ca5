#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/datasets/dataset.h"

namespace lathe {

/// Random changes to training images, drawn anew for each image and epoch.
struct Augmentation {
    /// Pixels of black on every side, out of which an image of the old size is cut at random; 0: none.
    std::int64_t cropPadding = 0;
    bool flip = false; ///< left and right change places for half of the images

    bool operator==(const Augmentation&) const = default;
};

/// Names an epoch of a training for its random numbers: the same images come out the same.
struct AugmentationDraw {
    std::uint64_t seed = 0;
    std::uint64_t epoch = 0;
};

/// Makes the batches a network takes from a set of images, which has to outlive it.
class BatchMaker {
public:
    BatchMaker(const ImageSet& set, const Normalisation& normalisation);

    /// float32, N x C x H x W, normalised.
    HostTensor images(std::span<const std::int64_t> indices) const;
    HostTensor images(std::span<const std::int64_t> indices, const Augmentation& augmentation,
                      const AugmentationDraw& draw) const;

    /// int64, N.
    HostTensor labels(std::span<const std::int64_t> indices) const;

private:
    using Table = std::array<float, 256>; ///< of one channel: a pixel's value as the network takes it
    struct Placement {
        std::int64_t top = 0; ///< of the original in the image that is made
        std::int64_t left = 0;
        bool mirrored = false;
    };
    template <class Place> HostTensor make(std::span<const std::int64_t> indices, const Place& place) const;
    void copy(std::int64_t index, const Placement& placement, float* out) const;

    const ImageSet& m_set;
    std::vector<Table> m_tables;
};

} // namespace lathe
