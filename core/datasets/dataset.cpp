#include "core/datasets/dataset.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base/checksum.h"
#include "core/base/random_stream.h"

namespace lathe {

namespace {

constexpr std::uint64_t kSplitStream = 1ULL << 60; ///< far from those of single images

using Histogram = std::array<std::int64_t, 256>;

Histogram histogramOf(const ImageSet& set, std::int64_t channel)
{
    Histogram histogram{};
    const std::int64_t channels = set.images.shape[1];
    const std::int64_t pixels = set.images.shape[2] * set.images.shape[3];
    const auto* const data = reinterpret_cast<const std::uint8_t*>(set.images.data.get());
    for (std::int64_t i = 0; i < set.count(); ++i) {
        const std::uint8_t* const plane = data + (i * channels + channel) * pixels;
        for (std::int64_t p = 0; p < pixels; ++p)
            ++histogram[plane[p]];
    }
    return histogram;
}

/// Exact: sums of whole numbers.
void addChannel(Normalisation& normalisation, const Histogram& histogram)
{
    double count = 0.0;
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t value = 0; value < histogram.size(); ++value) {
        const auto occurrences = static_cast<double>(histogram[value]);
        const auto v = static_cast<double>(value);
        count += occurrences;
        sum += occurrences * v;
        squares += occurrences * v * v;
    }
    const double mean = count > 0.0 ? sum / count : 0.0;
    const double variance = count > 0.0 ? squares / count - mean * mean : 0.0;
    normalisation.mean.push_back(mean / 255.0);
    normalisation.deviation.push_back(variance > 0.0 ? std::sqrt(variance) / 255.0 : 1.0);
}

} // namespace

Shape Dataset::imageShape() const
{
    return {train.images.shape.begin() + 1, train.images.shape.end()};
}

Normalisation normalisationOf(const ImageSet& set)
{
    Normalisation normalisation;
    for (std::int64_t channel = 0; channel < set.images.shape[1]; ++channel)
        addChannel(normalisation, histogramOf(set, channel));
    return normalisation;
}

Split splitOff(std::int64_t count, double share, std::uint64_t seed)
{
    constexpr std::int64_t kFewestToTrain = 2;
    const auto wanted = static_cast<std::int64_t>(std::llround(share * static_cast<double>(count)));
    const auto validation = std::clamp<std::int64_t>(wanted, 0, std::max<std::int64_t>(0, count - kFewestToTrain));
    const std::vector<std::int64_t> order = permutation(count, RandomStream(seed, kSplitStream));
    Split split{{order.begin() + validation, order.end()}, {order.begin(), order.begin() + validation}};
    std::sort(split.training.begin(), split.training.end());
    std::sort(split.validation.begin(), split.validation.end());
    return split;
}

Result<std::vector<std::int64_t>> drawSamples(std::int64_t count, std::int64_t wanted, std::uint64_t seed)
{
    if (wanted < 1 || wanted > count)
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} samples cannot be taken from {} images; choose from 1 to {}.", wanted, count, count));
    std::vector<std::int64_t> order = permutation(count, RandomStream(seed));
    order.resize(static_cast<std::size_t>(wanted));
    return order;
}

std::uint32_t fingerprint(const Dataset& dataset)
{
    const ImageSet& set = dataset.train;
    const auto images = static_cast<std::size_t>(set.images.byteCount());
    return checksum(set.labels.data(), set.labels.size() * sizeof(std::int64_t),
                    checksum(set.images.data.get(), images));
}

} // namespace lathe
