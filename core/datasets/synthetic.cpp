#include "core/datasets/synthetic.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/base/random_stream.h"

namespace lathe {

namespace {

constexpr std::int64_t kGrid = 5;               ///< a pattern is interpolated between kGrid x kGrid random values
constexpr double kNoise = 40.0;                 ///< standard deviation, of 255
constexpr std::int64_t kMostBytes = 64'000'000; ///< of the images together
constexpr std::uint64_t kPatternStream = 1ULL << 62;

/// One channel of a class's pattern: bilinear between the random values of a grid that wraps around.
class Pattern {
public:
    explicit Pattern(RandomStream random)
    {
        for (double& value : m_grid)
            value = 40.0 + 175.0 * random.uniform();
    }

    /// At a place of the unit square.
    double at(double y, double x) const
    {
        const double row = (y - std::floor(y)) * kGrid;
        const double column = (x - std::floor(x)) * kGrid;
        const auto r = static_cast<std::int64_t>(row);
        const auto c = static_cast<std::int64_t>(column);
        const double dx = column - static_cast<double>(c);
        return std::lerp(std::lerp(value(r, c), value(r, c + 1), dx),
                         std::lerp(value(r + 1, c), value(r + 1, c + 1), dx), row - static_cast<double>(r));
    }

private:
    double value(std::int64_t row, std::int64_t column) const
    {
        return m_grid[static_cast<std::size_t>(row % kGrid * kGrid + column % kGrid)];
    }

    std::array<double, kGrid * kGrid> m_grid{};
};

std::vector<Pattern> patternsOf(const SyntheticOptions& options)
{
    std::vector<Pattern> patterns;
    for (std::int64_t i = 0; i < options.classes * options.image[0]; ++i)
        patterns.emplace_back(RandomStream(options.seed, kPatternStream + static_cast<std::uint64_t>(i)));
    return patterns;
}

/// Mean 0 and standard deviation 1, near enough to normal for noise: the sum of a random number's eight bytes.
double quickNoise(RandomStream& random)
{
    std::uint64_t bytes = random.next();
    int sum = 0;
    for (int i = 0; i < 8; ++i, bytes >>= 8)
        sum += static_cast<int>(bytes & 0xFF);
    constexpr double kMean = 8 * 127.5;
    constexpr double kDeviation = 209.0215; // the root of 8 (256² - 1) / 12
    return (sum - kMean) / kDeviation;
}

std::byte toPixel(double value)
{
    return static_cast<std::byte>(std::clamp(std::lround(value), 0L, 255L));
}

/// Image `index` of all, training and test alike.
void draw(const SyntheticOptions& options, const Pattern* channels, std::uint64_t index, std::byte* out)
{
    RandomStream random(options.seed, index);
    const double shiftY = (random.uniform() - 0.5) / 4.0;
    const double shiftX = (random.uniform() - 0.5) / 4.0;
    const double contrast = 0.6 + 0.6 * random.uniform();
    const auto height = static_cast<double>(options.image[1]);
    const auto width = static_cast<double>(options.image[2]);
    for (std::int64_t c = 0; c < options.image[0]; ++c)
        for (std::int64_t y = 0; y < options.image[1]; ++y)
            for (std::int64_t x = 0; x < options.image[2]; ++x) {
                const double value =
                    channels[c].at(static_cast<double>(y) / height + shiftY, static_cast<double>(x) / width + shiftX);
                *out++ = toPixel(127.5 + contrast * (value - 127.5) + kNoise * quickNoise(random));
            }
}

ImageSet makeSet(const SyntheticOptions& options, const std::vector<Pattern>& patterns, std::int64_t first,
                 std::int64_t count)
{
    const Shape& image = options.image;
    const WritableTensor images = makeTensor(DType::UInt8, {count, image[0], image[1], image[2]});
    ImageSet set{images.tensor, {}};
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t label = i % options.classes; // every class as often as every other
        set.labels.push_back(label);
        draw(options, patterns.data() + label * image[0], static_cast<std::uint64_t>(first + i),
             images.bytes + i * elementCount(image));
    }
    return set;
}

} // namespace

Dataset synthesise(const SyntheticOptions& options)
{
    const double wanted = static_cast<double>((options.trainImages + options.testImages) * elementCount(options.image));
    const double share = std::min(1.0, static_cast<double>(kMostBytes) / wanted);
    const auto scaled = [&](std::int64_t count) {
        return std::max(options.classes, static_cast<std::int64_t>(share * static_cast<double>(count)));
    };
    const std::vector<Pattern> patterns = patternsOf(options);
    Dataset dataset;
    dataset.name = "synthetic";
    for (std::int64_t i = 0; i < options.classes; ++i)
        dataset.classNames.push_back(fmt::format("pattern {}", i));
    dataset.train = makeSet(options, patterns, 0, scaled(options.trainImages));
    dataset.test = makeSet(options, patterns, dataset.train.count(), scaled(options.testImages));
    dataset.normalisation = normalisationOf(dataset.train);
    return dataset;
}

} // namespace lathe
