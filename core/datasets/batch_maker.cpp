#include "core/datasets/batch_maker.h"

#include <algorithm>

#include "core/base/random_stream.h"

namespace lathe {

BatchMaker::BatchMaker(const ImageSet& set, const Normalisation& normalisation) : m_set(set)
{
    for (std::size_t c = 0; c < normalisation.mean.size(); ++c) {
        Table& table = m_tables.emplace_back();
        for (std::size_t value = 0; value < table.size(); ++value)
            table[value] = static_cast<float>((static_cast<double>(value) / 255.0 - normalisation.mean[c]) /
                                              normalisation.deviation[c]);
    }
}

void BatchMaker::copy(std::int64_t index, const Placement& placement, float* out) const
{
    const Shape& shape = m_set.images.shape;
    const std::int64_t height = shape[2];
    const std::int64_t width = shape[3];
    const auto* plane =
        reinterpret_cast<const std::uint8_t*>(m_set.images.data.get()) + index * shape[1] * height * width;
    for (const Table& table : m_tables) {
        for (std::int64_t y = 0; y < height; ++y) {
            const std::int64_t row = y - placement.top;
            const bool isInside = row >= 0 && row < height;
            for (std::int64_t x = 0; x < width; ++x) {
                const std::int64_t column = (placement.mirrored ? width - 1 - x : x) - placement.left;
                *out++ = table[isInside && column >= 0 && column < width ? plane[row * width + column] : 0];
            }
        }
        plane += height * width;
    }
}

template <class Place> HostTensor BatchMaker::make(std::span<const std::int64_t> indices, const Place& place) const
{
    Shape shape = m_set.images.shape;
    shape.front() = static_cast<std::int64_t>(indices.size());
    const std::int64_t elements = shape[1] * shape[2] * shape[3];
    const WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    auto* out = reinterpret_cast<float*>(made.bytes);
    for (const std::int64_t index : indices) {
        copy(index, place(index), out);
        out += elements;
    }
    return made.tensor;
}

HostTensor BatchMaker::images(std::span<const std::int64_t> indices) const
{
    return make(indices, [](std::int64_t) { return Placement{}; });
}

HostTensor BatchMaker::images(std::span<const std::int64_t> indices, const Augmentation& augmentation,
                              const AugmentationDraw& draw) const
{
    const auto reach = static_cast<std::uint64_t>(2 * augmentation.cropPadding + 1);
    const auto count = static_cast<std::uint64_t>(m_set.count());
    return make(indices, [&](std::int64_t index) {
        RandomStream random(draw.seed, draw.epoch * count + static_cast<std::uint64_t>(index));
        Placement placement;
        placement.top = static_cast<std::int64_t>(random.below(reach)) - augmentation.cropPadding;
        placement.left = static_cast<std::int64_t>(random.below(reach)) - augmentation.cropPadding;
        placement.mirrored = augmentation.flip && random.below(2) == 1;
        return placement;
    });
}

HostTensor BatchMaker::labels(std::span<const std::int64_t> indices) const
{
    const WritableTensor made = makeTensor(DType::Int64, {static_cast<std::int64_t>(indices.size())});
    std::transform(indices.begin(), indices.end(), reinterpret_cast<std::int64_t*>(made.bytes),
                   [this](std::int64_t index) { return m_set.labels[static_cast<std::size_t>(index)]; });
    return made.tensor;
}

} // namespace lathe
