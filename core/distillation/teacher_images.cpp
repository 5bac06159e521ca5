#include "core/distillation/teacher_images.h"

#include <algorithm>

#include <fmt/format.h>

namespace lathe {

namespace {

/// Between which two of an axis's pixels a new one lies, and how far from the first.
struct Between {
    std::int64_t first = 0;
    std::int64_t second = 0;
    float share = 0.0F; ///< of the second
};

std::vector<Between> placesOn(std::int64_t from, std::int64_t to)
{
    std::vector<Between> places;
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    for (std::int64_t i = 0; i < to; ++i) {
        const double at = std::max(0.0, (static_cast<double>(i) + 0.5) * scale - 0.5);
        const auto first = std::min(from - 1, static_cast<std::int64_t>(at));
        places.push_back({first, std::min(from - 1, first + 1), static_cast<float>(at - static_cast<double>(first))});
    }
    return places;
}

void resizePlane(const float* from, std::int64_t width, const std::vector<Between>& rows,
                 const std::vector<Between>& columns, float* to)
{
    for (const Between& y : rows)
        for (const Between& x : columns) {
            const auto along = [&](std::int64_t row) {
                const float* line = from + row * width;
                return line[x.first] * (1.0F - x.share) + line[x.second] * x.share;
            };
            *to++ = along(y.first) * (1.0F - y.share) + along(y.second) * y.share;
        }
}

/// Grey values from 0 to 1, once for each channel of `normalisation`, normalised by it.
HostTensor repeated(const HostTensor& grey, const Normalisation& normalisation)
{
    Shape shape = grey.shape;
    shape[1] = static_cast<std::int64_t>(normalisation.mean.size());
    const std::int64_t plane = shape[2] * shape[3];
    const WritableTensor made = makeTensor(DType::Float32, shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    for (std::int64_t i = 0; i < shape[0]; ++i)
        for (std::size_t c = 0; c < normalisation.mean.size(); ++c) {
            const auto mean = static_cast<float>(normalisation.mean[c]);
            const auto deviation = static_cast<float>(normalisation.deviation[c]);
            out = std::transform(grey.floats() + i * plane, grey.floats() + (i + 1) * plane, out,
                                 [=](float value) { return (value - mean) / deviation; });
        }
    return made.tensor;
}

} // namespace

HostTensor resized(const HostTensor& images, std::int64_t height, std::int64_t width)
{
    Shape shape{images.shape[0], images.shape[1], height, width};
    const std::vector<Between> rows = placesOn(images.shape[2], height);
    const std::vector<Between> columns = placesOn(images.shape[3], width);
    const std::int64_t plane = images.shape[2] * images.shape[3];
    const WritableTensor made = makeTensor(DType::Float32, shape);
    auto* const out = reinterpret_cast<float*>(made.bytes);
    for (std::int64_t i = 0; i < shape[0] * shape[1]; ++i)
        resizePlane(images.floats() + i * plane, images.shape[3], rows, columns, out + i * height * width);
    return made.tensor;
}

TeacherImages::TeacherImages(const ImageSet& set, const Shape& input, const Normalisation& normalisation)
    : m_input(input), m_normalisation(normalisation), m_repeatsGrey(set.images.shape[1] != input[0]),
      m_batches(set, m_repeatsGrey ? Normalisation{{0.0}, {1.0}} : normalisation)
{
}

Result<TeacherImages> TeacherImages::make(const ImageSet& set, const Shape& input, const Normalisation& normalisation)
{
    const std::int64_t channels = set.images.shape[1];
    const bool fits = input.size() == 3 && (input[0] == channels || channels == 1) &&
                      static_cast<std::int64_t>(normalisation.mean.size()) == input[0];
    if (!fits)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("The teacher takes an input of {} and the dataset's images have {} channels; choose a "
                                "teacher of such images.",
                                toString(input), channels));
    return TeacherImages(set, input, normalisation);
}

HostTensor TeacherImages::fitted(const HostTensor& images) const
{
    const bool isOfSize = images.shape[2] == m_input[1] && images.shape[3] == m_input[2];
    const HostTensor sized = isOfSize ? images : resized(images, m_input[1], m_input[2]);
    return m_repeatsGrey ? repeated(sized, m_normalisation) : sized;
}

HostTensor TeacherImages::images(std::span<const std::int64_t> indices) const
{
    return fitted(m_batches.images(indices));
}

HostTensor TeacherImages::images(std::span<const std::int64_t> indices, const Augmentation& augmentation,
                                 const AugmentationDraw& draw) const
{
    return fitted(m_batches.images(indices, augmentation, draw));
}

} // namespace lathe
