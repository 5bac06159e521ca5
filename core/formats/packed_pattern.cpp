#include "core/formats/packed_pattern.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace lathe {

namespace {

constexpr std::array kGroupSizes{2, 4, 8, 16, 32};
constexpr int kBitsPerByte = 8;
constexpr int kValueBytes = 4;

/// A tensor's groups along axis 1.
struct Groups {
    std::int64_t outputs = 0;
    std::int64_t inputs = 0;
    std::int64_t inner = 1;
    std::int64_t size = 0;

    Groups(const Shape& shape, int groupSize)
        : outputs(shape[0]), inputs(shape[1]), inner(elementCount(Shape(shape.begin() + 2, shape.end()))),
          size(groupSize)
    {
    }
    std::int64_t whole() const { return outputs * (inputs / size) * inner; }
    std::int64_t rest() const { return outputs * (inputs % size) * inner; }

    /// `visit` gets the place of each whole group's first entry; the next entry is `inner` on.
    template <class Visit> void forEach(Visit visit) const
    {
        for (std::int64_t o = 0; o < outputs; ++o)
            for (std::int64_t c = 0; c + size <= inputs; c += size)
                for (std::int64_t i = 0; i < inner; ++i)
                    visit((o * inputs + c) * inner + i);
    }

    template <class Visit> void forEachOfRest(Visit visit) const
    {
        const std::int64_t behind = inputs - inputs % size;
        for (std::int64_t o = 0; o < outputs; ++o)
            for (std::int64_t i = behind * inner; i < inputs * inner; ++i)
                visit(o * inputs * inner + i);
    }
};

int placeBits(const NOfM& pattern)
{
    return std::bit_width(static_cast<unsigned>(pattern.of - 1));
}

/// Entries of the groups that are not zero.
struct Filling {
    int most = 0; ///< of any group
    std::int64_t sum = 0;
};

Filling fillingOf(const HostTensor& weights, const Groups& groups)
{
    Filling filling;
    groups.forEach([&](std::int64_t first) {
        int count = 0;
        for (std::int64_t g = 0; g < groups.size; ++g)
            count += weights.floats()[first + g * groups.inner] != 0.0F ? 1 : 0;
        filling.most = std::max(filling.most, count);
        filling.sum += count;
    });
    return filling;
}

/// Zeros that only happen to lie so leave most groups with fewer entries than the fullest has.
bool isMeant(const Filling& filling, const Groups& groups)
{
    constexpr double kLeastFilled = 0.75;
    return 2 * filling.most <= groups.size && filling.most > 0 &&
           static_cast<double>(filling.sum) >= kLeastFilled * static_cast<double>(groups.whole() * filling.most);
}

/// Small numbers one behind the other.
class Bits {
public:
    Bits(std::byte* bytes, int width) : m_bytes(bytes), m_width(width) {}
    void put(std::int64_t number, std::int64_t value) const
    {
        for (int b = 0; b < m_width; ++b) {
            const std::int64_t bit = number * m_width + b;
            if ((value >> b & 1) != 0)
                m_bytes[bit / kBitsPerByte] |= std::byte{1} << (bit % kBitsPerByte);
        }
    }

private:
    std::byte* m_bytes;
    int m_width;
};

std::int64_t bitsAt(const HostTensor& bytes, std::int64_t number, int width)
{
    std::int64_t value = 0;
    for (int b = 0; b < width; ++b) {
        const std::int64_t bit = number * width + b;
        const std::byte byte = bytes.data.get()[bit / kBitsPerByte];
        value |= (std::to_integer<std::int64_t>(byte) >> (bit % kBitsPerByte) & 1) << b;
    }
    return value;
}

std::int64_t placeBytes(std::int64_t places, const NOfM& pattern)
{
    return (places * placeBits(pattern) + kBitsPerByte - 1) / kBitsPerByte;
}

/// The places of one group: those that are not zero, and as many others as there are to be.
std::vector<std::int64_t> placesOf(const HostTensor& weights, const Groups& groups, std::int64_t first, int kept)
{
    std::vector<std::int64_t> places;
    for (const bool isZero : {false, true})
        for (std::int64_t g = 0; g < groups.size && static_cast<int>(places.size()) < kept; ++g)
            if ((weights.floats()[first + g * groups.inner] == 0.0F) == isZero)
                places.push_back(g);
    std::sort(places.begin(), places.end());
    return places;
}

} // namespace

std::optional<NOfM> patternOf(const HostTensor& weights)
{
    std::optional<NOfM> best;
    for (const int size : kGroupSizes) {
        const Groups groups(weights.shape, size);
        if (groups.whole() == 0)
            break;
        const Filling filling = fillingOf(weights, groups);
        const NOfM pattern{filling.most, size};
        if (isMeant(filling, groups) &&
            (!best || packedBytes(weights.shape, pattern) < packedBytes(weights.shape, *best)))
            best = pattern;
    }
    return best;
}

std::int64_t packedBytes(const Shape& shape, const NOfM& pattern)
{
    const Groups groups(shape, pattern.of);
    const std::int64_t kept = groups.whole() * pattern.kept;
    return kValueBytes * (kept + groups.rest()) + placeBytes(kept, pattern);
}

PackedPattern packed(const HostTensor& weights, const NOfM& pattern)
{
    const Groups groups(weights.shape, pattern.of);
    const std::int64_t kept = groups.whole() * pattern.kept;
    const WritableTensor values = makeTensor(DType::Float32, {groups.whole(), pattern.kept});
    const WritableTensor places = makeTensor(DType::UInt8, {placeBytes(kept, pattern)});
    const WritableTensor rest = makeTensor(DType::Float32, {groups.rest()});
    std::memset(places.bytes, 0, static_cast<std::size_t>(places.tensor.byteCount()));
    auto* value = reinterpret_cast<float*>(values.bytes);
    const Bits bits(places.bytes, placeBits(pattern));
    std::int64_t number = 0;
    groups.forEach([&](std::int64_t first) {
        for (const std::int64_t place : placesOf(weights, groups, first, pattern.kept)) {
            value[number] = weights.floats()[first + place * groups.inner];
            bits.put(number++, place);
        }
    });
    auto* left = reinterpret_cast<float*>(rest.bytes);
    groups.forEachOfRest([&](std::int64_t i) { *left++ = weights.floats()[i]; });
    return {pattern, weights.shape, values.tensor, places.tensor, rest.tensor};
}

HostTensor unpacked(const PackedPattern& packed)
{
    const Groups groups(packed.shape, packed.pattern.of);
    const WritableTensor made = makeTensor(DType::Float32, packed.shape);
    std::memset(made.bytes, 0, static_cast<std::size_t>(made.tensor.byteCount()));
    auto* out = reinterpret_cast<float*>(made.bytes);
    std::int64_t number = 0;
    groups.forEach([&](std::int64_t first) {
        for (int k = 0; k < packed.pattern.kept; ++k, ++number)
            out[first + bitsAt(packed.places, number, placeBits(packed.pattern)) * groups.inner] =
                packed.values.floats()[number];
    });
    const float* left = packed.rest.floats();
    groups.forEachOfRest([&](std::int64_t i) { out[i] = *left++; });
    return made.tensor;
}

} // namespace lathe
