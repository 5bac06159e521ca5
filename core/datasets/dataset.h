#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

/// Labelled images to train on and to be measured by.
namespace lathe {

struct ImageSet {
    HostTensor images;                ///< uint8, N x C x H x W
    std::vector<std::int64_t> labels; ///< one an image, from 0 on

    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
};

/// A pixel p of channel c goes into a network as (p / 255 - mean[c]) / deviation[c].
struct Normalisation {
    std::vector<double> mean;
    std::vector<double> deviation;

    bool operator==(const Normalisation&) const = default;
};

struct Dataset {
    std::string name; ///< "fashion-mnist"
    std::vector<std::string> classNames;
    Normalisation normalisation; ///< of the training part
    ImageSet train;
    ImageSet test;

    Shape imageShape() const; ///< C x H x W
    std::int64_t classes() const { return static_cast<std::int64_t>(classNames.size()); }
};

/// Mean and standard deviation of every channel over all pixels; a deviation of 1 where all pixels are alike.
Normalisation normalisationOf(const ImageSet& set);

/// Which images of the training part are trained on, and which only validate. Both in ascending order.
struct Split {
    std::vector<std::int64_t> training;
    std::vector<std::int64_t> validation;
};

/// Sets a `share` (0 to less than 1) of `count` images aside, drawn by `seed`. At least two are left for training.
Split splitOff(std::int64_t count, double share, std::uint64_t seed);

/// `wanted` different images out of `count`, drawn by `seed`. InvalidArgument where there are not as many.
Result<std::vector<std::int64_t>> drawSamples(std::int64_t count, std::int64_t wanted, std::uint64_t seed);

/// Tells one dataset from another: a checksum (CRC-32) of its training images and labels.
std::uint32_t fingerprint(const Dataset& dataset);

} // namespace lathe
