#include <array>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"
#include "core/architectures/swin_attention.h"

// Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", 2021;
// Liu et al., "Swin Transformer V2: Scaling Up Capacity and Resolution", 2021.

namespace lathe::families {

namespace {

using swin::Version;
using swin::WindowAttention;

struct Variant {
    const char* name;
    Version version;
    std::int64_t width;
    std::array<int, 4> depths;
    std::array<std::int64_t, 4> heads;

    std::int64_t window() const { return version == Version::V1 ? 7 : 8; }
};

constexpr std::array<Variant, 6> kVariants{{{"swin_t", Version::V1, 96, {2, 2, 6, 2}, {3, 6, 12, 24}},
                                            {"swin_s", Version::V1, 96, {2, 2, 18, 2}, {3, 6, 12, 24}},
                                            {"swin_b", Version::V1, 128, {2, 2, 18, 2}, {4, 8, 16, 32}},
                                            {"swin_v2_t", Version::V2, 96, {2, 2, 6, 2}, {3, 6, 12, 24}},
                                            {"swin_v2_s", Version::V2, 96, {2, 2, 18, 2}, {3, 6, 12, 24}},
                                            {"swin_v2_b", Version::V2, 128, {2, 2, 18, 2}, {4, 8, 16, 32}}}};

NodeId perceptron(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t hidden = 4 * builder.shape(x).back();
    return blocks::mlp(builder, name + ".mlp", x, hidden, swin::weightInitialisation(), blocks::constant(0.0));
}

/// Normalises before attention and MLP.
NodeId blockV1(GraphBuilder& builder, const std::string& name, NodeId x, const WindowAttention& attention)
{
    NodeId y = swin::windowAttention(builder, builder.layerNorm(name + ".norm1", x), attention);
    x = builder.addition(name + ".add", x, y);
    y = perceptron(builder, name, builder.layerNorm(name + ".norm2", x));
    return builder.addition(name + ".add_1", x, y);
}

struct NormParameters {
    std::vector<ParameterId> ids;
    std::int64_t features = 0;
};

NormParameters normParameters(GraphBuilder& builder, const std::string& name, std::int64_t features)
{
    const ParameterId weight = builder.parameter(name + ".weight", {features}, blocks::constant(1.0));
    return {{weight, builder.parameter(name + ".bias", {features})}, features};
}

NodeId declaredNorm(GraphBuilder& builder, const std::string& name, NodeId x, const NormParameters& parameters)
{
    return builder.add(name, op::LayerNorm{.features = parameters.features}, {x}, parameters.ids);
}

/// Normalises behind attention and MLP, but lists the norms where V1 does.
NodeId blockV2(GraphBuilder& builder, const std::string& name, NodeId x, const WindowAttention& attention)
{
    const std::int64_t features = builder.shape(x).back();
    const NormParameters norm1 = normParameters(builder, name + ".norm1", features);
    NodeId y = declaredNorm(builder, name + ".norm1", swin::windowAttention(builder, x, attention), norm1);
    x = builder.addition(name + ".add", x, y);
    const NormParameters norm2 = normParameters(builder, name + ".norm2", features);
    y = declaredNorm(builder, name + ".norm2", perceptron(builder, name, x), norm2);
    return builder.addition(name + ".add_1", x, y);
}

/// The four neighbours of each 2 x 2 square side by side: (H / 2) x (W / 2) x 4 C.
NodeId gatherNeighbours(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t oddHeight = builder.shape(x)[0] % 2;
    const std::int64_t oddWidth = builder.shape(x)[1] % 2;
    if (oddHeight + oddWidth > 0)
        x = builder.add(name + ".pad", op::PadBottomRight{oddHeight, oddWidth}, {x});
    const std::int64_t height = builder.shape(x)[0];
    const std::int64_t width = builder.shape(x)[1];

    std::array<NodeId, 2> rows{};
    for (std::int64_t i = 0; i < 2; ++i)
        rows[static_cast<std::size_t>(i)] = builder.add(
            fmt::format("{}.rows{}", name, i), op::Slice{.axis = 0, .begin = i, .end = height, .step = 2}, {x});
    std::vector<NodeId> neighbours;
    for (std::int64_t column = 0; column < 2; ++column)
        for (const NodeId row : rows)
            neighbours.push_back(builder.add(fmt::format("{}.x{}", name, neighbours.size()),
                                             op::Slice{.axis = 1, .begin = column, .end = width, .step = 2}, {row}));
    return builder.add(name + ".cat", op::Concat{2}, neighbours);
}

NodeId patchMerging(GraphBuilder& builder, const std::string& name, NodeId x, Version version)
{
    const std::int64_t channels = builder.shape(x).back();
    const NodeId gathered = gatherNeighbours(builder, name, x);
    const std::vector<ParameterId> reduction{
        builder.parameter(name + ".reduction.weight", {2 * channels, 4 * channels}, swin::weightInitialisation())};
    const auto reduce = [&](NodeId input) {
        return builder.add(name + ".reduction", op::Linear{4 * channels, 2 * channels, false}, {input}, reduction);
    };
    if (version == Version::V1)
        return reduce(builder.layerNorm(name + ".norm", gathered));
    return builder.layerNorm(name + ".norm", reduce(gathered));
}

NodeId patchEmbedding(GraphBuilder& builder, const Variant& variant)
{
    const op::Conv2d conv{.inChannels = blocks::channels(builder, builder.input()),
                          .outChannels = variant.width,
                          .kernel = {4, 4},
                          .stride = {4, 4}};
    NodeId x = builder.conv2d("features.0.0", builder.input(), conv);
    x = builder.add("features.0.1", op::Permute{{1, 2, 0}}, {x});
    return builder.layerNorm("features.0.2", x);
}

NodeId stage(GraphBuilder& builder, NodeId x, const Variant& variant, std::size_t index)
{
    for (int i = 0; i < variant.depths[index]; ++i) {
        const std::string name = fmt::format("features.{}.{}", 2 * index + 1, i);
        const WindowAttention attention{name + ".attn", variant.version, variant.heads[index], variant.window(),
                                        i % 2 == 1};
        x = variant.version == Version::V1 ? blockV1(builder, name, x, attention)
                                           : blockV2(builder, name, x, attention);
    }
    return x;
}

NodeId swinTransformer(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = patchEmbedding(builder, variant);
    for (std::size_t i = 0; i < variant.depths.size(); ++i) {
        if (i > 0)
            x = patchMerging(builder, fmt::format("features.{}", 2 * i), x, variant.version);
        x = stage(builder, x, variant, i);
    }
    x = builder.layerNorm("norm", x);
    x = builder.add("permute", op::Permute{{2, 0, 1}}, {x});
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("head", x, classes, swin::weightInitialisation());
}

} // namespace

std::vector<Member> swinTransformers()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants) {
        const char* family = variant.version == Version::V1 ? "Swin" : "Swin V2";
        members.push_back({variant.name, family, ArchitectureType::Vit, 2021,
                           [&variant](GraphBuilder& builder, std::int64_t classes) {
                               return swinTransformer(builder, variant, classes);
                           }});
    }
    return members;
}

} // namespace lathe::families
