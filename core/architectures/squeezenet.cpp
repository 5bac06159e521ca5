#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", 2016; version
// 1.1 is its authors' later one.

namespace lathe::families {

namespace {

constexpr auto kRelu = op::Activation::Kind::ReLU;

struct Fire {
    std::int64_t squeezed;
    std::int64_t expanded; ///< by 1x1 and by 3x3 each
};

// Table 1 of the paper; both versions have the same fire modules.
constexpr std::array<Fire, 8> kFires{
    {{16, 64}, {16, 64}, {32, 128}, {32, 128}, {48, 192}, {48, 192}, {64, 256}, {64, 256}}};

struct Variant {
    const char* name;
    std::int64_t stemChannels;
    std::int64_t stemKernel;
    std::array<std::size_t, 3> pools; ///< before which fire modules
};

constexpr std::array<Variant, 2> kVariants{{{"squeezenet1_0", 96, 7, {0, 3, 7}}, {"squeezenet1_1", 64, 3, {0, 2, 4}}}};

NodeId convRelu(GraphBuilder& builder, const std::string& name, const std::string& activation, NodeId x,
                op::Conv2d conv)
{
    conv.inChannels = blocks::channels(builder, x);
    const NodeId y = builder.conv2d(name, x, conv, blocks::kaimingUniform(conv));
    return builder.activation(activation, y, kRelu, true);
}

NodeId fire(GraphBuilder& builder, const std::string& name, NodeId x, const Fire& module)
{
    const auto part = [&](const std::string& conv, NodeId from, const op::Conv2d& how) {
        return convRelu(builder, name + "." + conv, name + "." + conv + "_activation", from, how);
    };
    const NodeId squeezed = part("squeeze", x, {.outChannels = module.squeezed});
    const NodeId narrow = part("expand1x1", squeezed, {.outChannels = module.expanded});
    const NodeId wide =
        part("expand3x3", squeezed, {.outChannels = module.expanded, .kernel = {3, 3}, .padding = {1, 1}});
    return builder.add(name + ".cat", op::Concat{}, {narrow, wide});
}

NodeId features(GraphBuilder& builder, const Variant& variant)
{
    int index = 0;
    const auto next = [&] { return fmt::format("features.{}", index++); };
    const auto isPooled = [&](std::size_t i) {
        return std::find(variant.pools.begin(), variant.pools.end(), i) != variant.pools.end();
    };

    const std::string stem = next();
    const op::Size2 kernel{variant.stemKernel, variant.stemKernel};
    NodeId x = convRelu(builder, stem, next(), builder.input(),
                        {.outChannels = variant.stemChannels, .kernel = kernel, .stride = {2, 2}});
    for (std::size_t i = 0; i < kFires.size(); ++i) {
        if (isPooled(i))
            x = builder.add(next(), op::MaxPool2d{.kernel = {3, 3}, .ceilMode = true}, {x});
        x = fire(builder, next(), x, kFires[i]);
    }
    return x;
}

NodeId squeezeNet(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = features(builder, variant);
    const op::Conv2d conv{.inChannels = blocks::channels(builder, x), .outChannels = classes};
    x = builder.conv2d("classifier.1", x, conv, blocks::normal(0.01));
    x = builder.activation("classifier.2", x, kRelu, true);
    x = builder.add("classifier.3", op::AdaptiveAvgPool2d{}, {x});
    return builder.add("flatten", op::Flatten{}, {x});
}

} // namespace

std::vector<Member> squeezeNets()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back({variant.name, "SqueezeNet", ArchitectureType::Cnn, 2016,
                           [&variant](GraphBuilder& builder, std::int64_t classes) {
                               return squeezeNet(builder, variant, classes);
                           }});
    return members;
}

} // namespace lathe::families
