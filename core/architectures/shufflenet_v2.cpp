#include <array>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", 2018.

namespace lathe::families {

namespace {

constexpr std::int64_t kStemChannels = 24;
constexpr std::array<int, 3> kDepths{4, 8, 4};

// Table 5 of the paper.
struct Variant {
    const char* name;
    std::array<std::int64_t, 3> channels; ///< of stages 2 to 4
    std::int64_t last;
};

constexpr std::array<Variant, 4> kVariants{{{"shufflenet_v2_x0_5", {48, 96, 192}, 1024},
                                            {"shufflenet_v2_x1_0", {116, 232, 464}, 1024},
                                            {"shufflenet_v2_x1_5", {176, 352, 704}, 1024},
                                            {"shufflenet_v2_x2_0", {244, 488, 976}, 2048}}};

/// The modules of one torch.nn.Sequential: "<name>.0", "<name>.1", ...
struct Sequence {
    GraphBuilder& builder;
    std::string name;
    NodeId x;
    int part = 0;

    std::string next() { return fmt::format("{}.{}", name, part++); }
    std::int64_t channels() const { return blocks::channels(builder, x); }

    void convNorm(op::Conv2d conv)
    {
        conv.inChannels = channels();
        conv.padding = {conv.kernel[0] / 2, conv.kernel[1] / 2};
        conv.bias = false;
        x = builder.conv2d(next(), x, conv);
        x = builder.batchNorm2d(next(), x);
    }
    void convNormRelu(const op::Conv2d& conv)
    {
        convNorm(conv);
        x = builder.activation(next(), x, op::Activation::Kind::ReLU, true);
    }
    void depthwise(std::int64_t stride)
    {
        convNorm({.outChannels = channels(), .kernel = {3, 3}, .stride = {stride, stride}, .groups = channels()});
    }
};

/// Channel i of both halves becomes channels 2 i and 2 i + 1.
NodeId shuffle(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const Shape shape = builder.shape(x);
    const Shape halves{2, shape[0] / 2, shape[1], shape[2]};
    x = builder.add(name + ".view", op::Reshape{halves}, {x});
    x = builder.add(name + ".transpose", op::Permute{{1, 0, 2, 3}}, {x});
    return builder.add(name + ".contiguous", op::Reshape{shape}, {x});
}

NodeId mainBranch(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t width, std::int64_t stride)
{
    Sequence branch{builder, name, x};
    branch.convNormRelu({.outChannels = width});
    branch.depthwise(stride);
    branch.convNormRelu({.outChannels = width});
    return branch.x;
}

NodeId downsamplingBlock(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels)
{
    Sequence first{builder, name + ".branch1", x};
    first.depthwise(2);
    first.convNormRelu({.outChannels = outChannels / 2});
    const NodeId second = mainBranch(builder, name + ".branch2", x, outChannels / 2, 2);
    return shuffle(builder, name, builder.add(name + ".cat", op::Concat{}, {first.x, second}));
}

NodeId splittingBlock(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = blocks::channels(builder, x) / 2;
    const NodeId first = builder.add(name + ".chunk_0", op::Slice{.begin = 0, .end = width}, {x});
    const NodeId second = builder.add(name + ".chunk_1", op::Slice{.begin = width, .end = 2 * width}, {x});
    const NodeId branch = mainBranch(builder, name + ".branch2", second, width, 1);
    return shuffle(builder, name, builder.add(name + ".cat", op::Concat{}, {first, branch}));
}

NodeId stage(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels, int depth)
{
    x = downsamplingBlock(builder, name + ".0", x, outChannels);
    for (int i = 1; i < depth; ++i)
        x = splittingBlock(builder, fmt::format("{}.{}", name, i), x);
    return x;
}

NodeId shuffleNet(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    Sequence stem{builder, "conv1", builder.input()};
    stem.convNormRelu({.outChannels = kStemChannels, .kernel = {3, 3}, .stride = {2, 2}});
    NodeId x = builder.add("maxpool", op::MaxPool2d{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}, {stem.x});
    for (std::size_t i = 0; i < kDepths.size(); ++i)
        x = stage(builder, fmt::format("stage{}", i + 2), x, variant.channels[i], kDepths[i]);
    Sequence last{builder, "conv5", x};
    last.convNormRelu({.outChannels = variant.last});
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {last.x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("fc", x, classes);
}

} // namespace

std::vector<Member> shuffleNetsV2()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back({variant.name, "ShuffleNetV2", ArchitectureType::Cnn, 2018,
                           [&variant](GraphBuilder& builder, std::int64_t classes) {
                               return shuffleNet(builder, variant, classes);
                           }});
    return members;
}

} // namespace lathe::families
