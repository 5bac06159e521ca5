#include <array>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014.

namespace lathe::families {

namespace {

constexpr auto kRelu = op::Activation::Kind::ReLU;

/// Convolutions before each of the five poolings: table 1 of the paper, A, B, D and E.
using Depths = std::array<int, 5>;

struct Variant {
    const char* name;
    Depths depths;
};

constexpr std::array<Variant, 4> kVariants{
    {{"vgg11", {1, 1, 2, 2, 2}}, {"vgg13", {2, 2, 2, 2, 2}}, {"vgg16", {2, 2, 3, 3, 3}}, {"vgg19", {2, 2, 4, 4, 4}}}};
constexpr std::array<std::int64_t, 5> kChannels{64, 128, 256, 512, 512};

NodeId features(GraphBuilder& builder, const Depths& depths, bool batchNorm)
{
    int part = 0;
    const auto next = [&] { return fmt::format("features.{}", part++); };

    NodeId x = builder.input();
    for (std::size_t stage = 0; stage < depths.size(); ++stage) {
        for (int i = 0; i < depths[stage]; ++i) {
            const op::Conv2d conv{.inChannels = blocks::channels(builder, x),
                                  .outChannels = kChannels[stage],
                                  .kernel = {3, 3},
                                  .padding = {1, 1}};
            x = builder.conv2d(next(), x, conv, blocks::kaimingNormalFanOut(conv));
            x = batchNorm ? builder.batchNorm2d(next(), x) : x;
            x = builder.activation(next(), x, kRelu, true);
        }
        x = builder.add(next(), op::MaxPool2d{}, {x});
    }
    return x;
}

NodeId vgg(GraphBuilder& builder, const Depths& depths, bool batchNorm, std::int64_t classes)
{
    const auto linear = [&](const char* name, NodeId x, std::int64_t outFeatures) {
        return builder.linear(name, x, outFeatures, blocks::normal(0.01));
    };
    NodeId x = features(builder, depths, batchNorm);
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{{7, 7}}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    x = builder.activation("classifier.1", linear("classifier.0", x, 4096), kRelu, true);
    x = builder.activation("classifier.4", linear("classifier.3", x, 4096), kRelu, true);
    return linear("classifier.6", x, classes);
}

Member member(const Variant& variant, bool batchNorm)
{
    return {batchNorm ? fmt::format("{}_bn", variant.name) : variant.name, "VGG", ArchitectureType::Cnn, 2014,
            [&variant, batchNorm](GraphBuilder& builder, std::int64_t classes) {
                return vgg(builder, variant.depths, batchNorm, classes);
            }};
}

} // namespace

std::vector<Member> vggs()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        for (const bool batchNorm : {false, true})
            members.push_back(member(variant, batchNorm));
    return members;
}

} // namespace lathe::families
