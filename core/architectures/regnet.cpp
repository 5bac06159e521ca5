#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Radosavovic et al., "Designing Network Design Spaces", 2020.

namespace lathe::families {

namespace {

constexpr auto kRelu = op::Activation::Kind::ReLU;
constexpr std::int64_t kStemWidth = 32;

/// The design space's parameters, by the paper's names.
struct Variant {
    const char* name;
    int depth;
    std::int64_t initialWidth; ///< w_0
    double slope;              ///< w_a
    double step;               ///< w_m
    std::int64_t groupWidth;
};

constexpr std::array<Variant, 7> kX{{{"regnet_x_400mf", 22, 24, 24.48, 2.54, 16},
                                     {"regnet_x_800mf", 16, 56, 35.73, 2.28, 16},
                                     {"regnet_x_1_6gf", 18, 80, 34.01, 2.25, 24},
                                     {"regnet_x_3_2gf", 25, 88, 26.31, 2.25, 48},
                                     {"regnet_x_8gf", 23, 80, 49.56, 2.88, 120},
                                     {"regnet_x_16gf", 22, 216, 55.59, 2.1, 128},
                                     {"regnet_x_32gf", 23, 320, 69.86, 2.0, 168}}};

constexpr std::array<Variant, 8> kY{{{"regnet_y_400mf", 16, 48, 27.89, 2.09, 8},
                                     {"regnet_y_800mf", 14, 56, 38.84, 2.4, 16},
                                     {"regnet_y_1_6gf", 27, 48, 20.71, 2.65, 24},
                                     {"regnet_y_3_2gf", 21, 80, 42.63, 2.66, 24},
                                     {"regnet_y_8gf", 17, 192, 76.82, 2.19, 56},
                                     {"regnet_y_16gf", 18, 200, 106.23, 2.48, 112},
                                     {"regnet_y_32gf", 20, 232, 115.89, 2.53, 232},
                                     {"regnet_y_128gf", 27, 456, 160.83, 2.52, 264}}};

struct Stage {
    std::int64_t width = 0;
    std::int64_t groupWidth = 0;
    int depth = 0;
};

/// Section 3.3: the width of block number `index`, linear at first, then in steps by powers of w_m, then a multiple
/// of 8. Rounds halves to even, as PyTorch does.
std::int64_t blockWidth(const Variant& variant, int index)
{
    const auto first = static_cast<double>(variant.initialWidth);
    const double linear = first + variant.slope * index;
    const double steps = std::nearbyint(std::log(linear / first) / std::log(variant.step));
    return static_cast<std::int64_t>(std::nearbyint(first * std::pow(variant.step, steps) / 8.0)) * 8;
}

/// Blocks of one width are a stage; a stage's width is a multiple of its groups' width.
std::vector<Stage> stagesOf(const Variant& variant)
{
    std::vector<Stage> stages;
    std::int64_t before = 0;
    for (int i = 0; i < variant.depth; ++i) {
        const std::int64_t width = blockWidth(variant, i);
        if (width != before) {
            const std::int64_t groupWidth = std::min(variant.groupWidth, width);
            stages.push_back({blocks::makeDivisible(static_cast<double>(width), groupWidth), groupWidth, 0});
        }
        before = width;
        ++stages.back().depth;
    }
    return stages;
}

NodeId transform(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, std::int64_t stride,
                 bool squeezeExcitation)
{
    const std::int64_t in = blocks::channels(builder, x);
    NodeId y = blocks::convNormActivation(builder, name + ".a", x,
                                          {.outChannels = stage.width, .kernel = 1, .activation = kRelu});
    y = blocks::convNormActivation(
        builder, name + ".b", y,
        {.outChannels = stage.width, .stride = stride, .groups = stage.width / stage.groupWidth, .activation = kRelu});
    if (squeezeExcitation) {
        const auto squeezed = static_cast<std::int64_t>(std::nearbyint(0.25 * static_cast<double>(in)));
        y = blocks::squeezeExcitation(builder, name + ".se", y, {.squeezed = squeezed, .zeroBias = false});
    }
    return blocks::convNormActivation(builder, name + ".c", y, {.outChannels = stage.width, .kernel = 1});
}

NodeId residualBlock(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, std::int64_t stride,
                     bool squeezeExcitation)
{
    NodeId identity = x;
    if (stride != 1 || blocks::channels(builder, x) != stage.width)
        identity = blocks::convNormActivation(builder, name + ".proj", x,
                                              {.outChannels = stage.width, .kernel = 1, .stride = stride});
    const NodeId branch = transform(builder, name + ".f", x, stage, stride, squeezeExcitation);
    return builder.activation(name + ".activation", builder.addition(name + ".add", identity, branch), kRelu, true);
}

NodeId trunk(GraphBuilder& builder, NodeId x, const std::vector<Stage>& stages, bool squeezeExcitation)
{
    for (std::size_t s = 0; s < stages.size(); ++s)
        for (int i = 0; i < stages[s].depth; ++i)
            x = residualBlock(builder, fmt::format("trunk_output.block{0}.block{0}-{1}", s + 1, i), x, stages[s],
                              i == 0 ? 2 : 1, squeezeExcitation);
    return x;
}

NodeId regNet(GraphBuilder& builder, const Variant& variant, bool squeezeExcitation, std::int64_t classes)
{
    NodeId x = blocks::convNormActivation(builder, "stem", builder.input(),
                                          {.outChannels = kStemWidth, .stride = 2, .activation = kRelu});
    x = trunk(builder, x, stagesOf(variant), squeezeExcitation);
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("fc", x, classes, blocks::normal(0.01));
}

Member member(const Variant& variant, const char* family, bool squeezeExcitation)
{
    return {variant.name, family, ArchitectureType::Cnn, 2020,
            [&variant, squeezeExcitation](GraphBuilder& builder, std::int64_t classes) {
                return regNet(builder, variant, squeezeExcitation, classes);
            }};
}

} // namespace

std::vector<Member> regNets()
{
    std::vector<Member> members;
    for (const Variant& variant : kX)
        members.push_back(member(variant, "RegNet X", false));
    for (const Variant& variant : kY)
        members.push_back(member(variant, "RegNet Y", true));
    return members;
}

} // namespace lathe::families
