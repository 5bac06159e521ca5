#include "core/pruning/masks.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "core/base/random_stream.h"
#include "core/base/words.h"
#include "core/pruning/masks_p.h"

namespace lathe {

namespace {

constexpr std::uint32_t kBeyondAll = 0x80000000U;
constexpr unsigned kHalfBits = 16;
constexpr std::size_t kHalves = std::size_t{1} << kHalfBits;

/// Calls `visit` with each entry that is left, in order.
template <class Visit> void forEachLeft(const Prunable& tensor, Visit visit)
{
    const float* values = tensor.values.floats();
    const std::uint8_t* keep = maskBytes(tensor.keep);
    const std::int64_t count = elementCount(tensor.values.shape);
    for (std::int64_t i = 0; i < count; ++i)
        if (keep[i] != 0)
            visit(i, values[i]);
}

/// How far up the magnitudes go, of which a number of entries are the smallest.
struct Threshold {
    std::uint32_t below = 0;    ///< everything under it goes
    std::int64_t amongThem = 0; ///< and so many of those that are just it
};

/// The place in a histogram that holds entry number `rank`, which becomes its rank there.
std::uint32_t placeOf(const std::vector<std::int64_t>& histogram, std::int64_t& rank)
{
    std::uint32_t place = 0;
    while (rank >= histogram[place])
        rank -= histogram[place++];
    return place;
}

/// By the upper halves of the magnitudes and then, where these are alike, by the lower: sorting would take a copy.
Threshold thresholdFor(const std::vector<Prunable>& tensors, std::int64_t count)
{
    std::int64_t rank = count;
    std::vector<std::int64_t> histogram(kHalves);
    for (const Prunable& tensor : tensors)
        forEachLeft(tensor, [&](std::int64_t, float value) { ++histogram[magnitude(value) >> kHalfBits]; });
    if (rank == std::accumulate(histogram.begin(), histogram.end(), std::int64_t{0}))
        return {kBeyondAll, 0};
    const std::uint32_t upper = placeOf(histogram, rank);
    std::fill(histogram.begin(), histogram.end(), 0);
    for (const Prunable& tensor : tensors)
        forEachLeft(tensor, [&](std::int64_t, float value) {
            if (magnitude(value) >> kHalfBits == upper)
                ++histogram[magnitude(value) & (kHalves - 1)];
        });
    const std::uint32_t lower = placeOf(histogram, rank);
    return {upper << kHalfBits | lower, rank};
}

std::int64_t entriesLeft(const std::vector<Prunable>& tensors)
{
    std::int64_t left = 0;
    for (const Prunable& tensor : tensors)
        left += elementCount(tensor.keep.shape) - prunedEntries(tensor.keep);
    return left;
}

std::string namesOf(const std::vector<Prunable>& tensors)
{
    std::vector<std::string> names;
    for (const Prunable& tensor : tensors)
        names.push_back(tensor.name);
    return listText(names, 3);
}

/// `goes` is asked for each entry that is left, in order.
template <class Goes> std::vector<HostTensor> without(const std::vector<Prunable>& tensors, Goes goes)
{
    std::vector<HostTensor> masks;
    for (const Prunable& tensor : tensors) {
        GrowingMask mask(tensor.keep);
        forEachLeft(tensor, [&](std::int64_t i, float value) {
            if (goes(value))
                mask.prune(i);
        });
        masks.push_back(mask.tensor());
    }
    return masks;
}

tl::unexpected<Error> noMask(const std::string& name)
{
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("The mask of {} has values other than 0 and 1; a mask says of each entry whether it stays.", name));
}

/// Whether the bytes of one value are those of 1 or of zero; nothing if neither.
template <class T> std::optional<bool> truthOf(const std::byte* bytes, T one)
{
    T value{};
    std::memcpy(&value, bytes, sizeof value);
    if (value == T{})
        return false;
    return value == one ? std::optional(true) : std::nullopt;
}

std::optional<bool> truthAt(const HostTensor& mask, std::int64_t i)
{
    constexpr std::uint16_t kHalfOne = 0x3C00;
    constexpr std::uint16_t kBFloatOne = 0x3F80;
    const std::byte* bytes = mask.data.get() + i * byteSize(mask.dtype);
    switch (mask.dtype) {
    case DType::Float64:
        return truthOf(bytes, 1.0);
    case DType::Float32:
        return truthOf(bytes, 1.0F);
    case DType::Float16:
        return truthOf(bytes, kHalfOne);
    case DType::BFloat16:
        return truthOf(bytes, kBFloatOne);
    case DType::Int64:
        return truthOf(bytes, std::int64_t{1});
    case DType::Int32:
        return truthOf(bytes, std::int32_t{1});
    case DType::Int16:
        return truthOf(bytes, std::int16_t{1});
    case DType::Int8:
    case DType::UInt8:
    case DType::Bool:
        return truthOf(bytes, std::uint8_t{1});
    }
    return std::nullopt;
}

} // namespace

HostTensor wholeMask(const Shape& shape)
{
    const WritableTensor mask = makeTensor(DType::UInt8, shape);
    std::memset(mask.bytes, 1, static_cast<std::size_t>(mask.tensor.byteCount()));
    return mask.tensor;
}

std::int64_t prunedEntries(const HostTensor& keep)
{
    return std::count(maskBytes(keep), maskBytes(keep) + elementCount(keep.shape), std::uint8_t{0});
}

Result<std::vector<HostTensor>> l1Masks(const std::vector<Prunable>& tensors, const Amount& amount)
{
    return entriesToPrune(amount, entriesLeft(tensors), namesOf(tensors)).map([&](std::int64_t count) {
        Threshold threshold = thresholdFor(tensors, count);
        return without(tensors, [&threshold](float value) {
            const std::uint32_t m = magnitude(value);
            return m < threshold.below || (m == threshold.below && threshold.amongThem-- > 0);
        });
    });
}

Result<std::vector<HostTensor>> randomMasks(const std::vector<Prunable>& tensors, const Amount& amount,
                                            std::uint64_t seed, std::uint64_t stream)
{
    std::int64_t left = entriesLeft(tensors);
    return entriesToPrune(amount, left, namesOf(tensors)).map([&](std::int64_t count) {
        // Knuth's selection sampling: of those left so many are still to go.
        RandomStream random(seed, stream);
        return without(tensors, [&random, &left, count](float) mutable {
            const bool goes = random.below(static_cast<std::uint64_t>(left--)) < static_cast<std::uint64_t>(count);
            count -= goes ? 1 : 0;
            return goes;
        });
    });
}

Result<HostTensor> asMask(const HostTensor& mask, const std::string& name)
{
    const WritableTensor made = makeTensor(DType::UInt8, mask.shape);
    const std::int64_t count = elementCount(mask.shape);
    for (std::int64_t i = 0; i < count; ++i) {
        const auto truth = truthAt(mask, i);
        if (!truth)
            return noMask(name);
        made.bytes[i] = *truth ? std::byte{1} : std::byte{0};
    }
    return made.tensor;
}

Result<HostTensor> customMask(const Prunable& tensor, const HostTensor& mask)
{
    if (mask.shape != tensor.values.shape)
        return fail(ErrorCode::InvalidArgument, fmt::format("The mask of {} should be {} and is {}.", tensor.name,
                                                            toString(tensor.values.shape), toString(mask.shape)));
    return asMask(mask, tensor.name).map([&](const HostTensor& wanted) {
        GrowingMask both(tensor.keep);
        const std::int64_t count = elementCount(mask.shape);
        for (std::int64_t i = 0; i < count; ++i)
            if (maskBytes(wanted)[i] == 0)
                both.prune(i);
        return both.tensor();
    });
}

} // namespace lathe
