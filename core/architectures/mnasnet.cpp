#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Tan et al., "MnasNet: Platform-Aware Neural Architecture Search for Mobile", 2018: B1, without squeeze and
// excitation.

namespace lathe::families {

namespace {

// TensorFlow's momentum of 0.9997, as PyTorch counts it.
constexpr double kMomentum = 1.0 - 0.9997;

struct Stage {
    std::int64_t outChannels;
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t expansion;
    int depth;
};

constexpr std::array<Stage, 6> kStages{
    {{24, 3, 2, 3, 3}, {40, 5, 2, 3, 3}, {80, 5, 2, 6, 3}, {96, 3, 1, 6, 2}, {192, 5, 2, 6, 4}, {320, 3, 1, 6, 1}}};

struct Variant {
    const char* name;
    double width;
};

constexpr std::array<Variant, 4> kVariants{
    {{"mnasnet0_5", 0.5}, {"mnasnet0_75", 0.75}, {"mnasnet1_0", 1.0}, {"mnasnet1_3", 1.3}}};

/// The modules of one torch.nn.Sequential: "<name>.0", "<name>.1", ...
class Sequence {
public:
    Sequence(GraphBuilder& builder, std::string name, NodeId x) : m_builder(builder), m_name(std::move(name)), m_x(x) {}

    std::string next() { return fmt::format("{}.{}", m_name, m_part++); }
    std::int64_t channels() const { return blocks::channels(m_builder, m_x); }
    NodeId output() const { return m_x; }
    void append(NodeId x) { m_x = x; }

    void convNorm(std::int64_t outChannels, std::int64_t kernel = 1, std::int64_t stride = 1, std::int64_t groups = 1)
    {
        const op::Conv2d conv{.inChannels = channels(),
                              .outChannels = outChannels,
                              .kernel = {kernel, kernel},
                              .stride = {stride, stride},
                              .padding = {kernel / 2, kernel / 2},
                              .groups = groups,
                              .bias = false};
        m_x = m_builder.conv2d(next(), m_x, conv, blocks::kaimingNormalFanOut(conv));
        m_x = m_builder.batchNorm2d(next(), m_x, 1e-5, kMomentum);
    }
    void depthwise(std::int64_t kernel, std::int64_t stride) { convNorm(channels(), kernel, stride, channels()); }
    void relu() { m_x = m_builder.activation(next(), m_x, op::Activation::Kind::ReLU, true); }

private:
    GraphBuilder& m_builder;
    std::string m_name;
    NodeId m_x;
    int m_part = 0;
};

NodeId invertedResidual(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage,
                        std::int64_t stride)
{
    const std::int64_t in = blocks::channels(builder, x);
    Sequence layers(builder, name + ".layers", x);
    layers.convNorm(in * stage.expansion);
    layers.relu();
    layers.depthwise(stage.kernel, stride);
    layers.relu();
    layers.convNorm(stage.outChannels);
    const bool residual = stride == 1 && in == stage.outChannels;
    return residual ? builder.addition(name + ".add", layers.output(), x) : layers.output();
}

NodeId stack(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage)
{
    for (int i = 0; i < stage.depth; ++i)
        x = invertedResidual(builder, fmt::format("{}.{}", name, i), x, stage, i == 0 ? stage.stride : 1);
    return x;
}

NodeId features(GraphBuilder& builder, double width)
{
    const auto scaled = [&](std::int64_t channels) {
        return blocks::makeDivisible(static_cast<double>(channels) * width);
    };
    Sequence layers(builder, "layers", builder.input());
    layers.convNorm(scaled(32), 3, 2);
    layers.relu();
    layers.depthwise(3, 1);
    layers.relu();
    layers.convNorm(scaled(16));
    for (Stage stage : kStages) {
        stage.outChannels = scaled(stage.outChannels);
        layers.append(stack(builder, layers.next(), layers.output(), stage));
    }
    layers.convNorm(1280);
    layers.relu();
    return layers.output();
}

NodeId mnasNet(GraphBuilder& builder, double width, std::int64_t classes)
{
    NodeId x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {features(builder, width)});
    x = builder.add("flatten", op::Flatten{}, {x});
    // kaiming_uniform_ by the fan out, for a sigmoid.
    return builder.linear("classifier.1", x, classes, blocks::uniform(std::sqrt(3.0 / static_cast<double>(classes))));
}

} // namespace

std::vector<Member> mnasNets()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back({variant.name, "MNASNet", ArchitectureType::Cnn, 2018,
                           [&variant](GraphBuilder& builder, std::int64_t classes) {
                               return mnasNet(builder, variant.width, classes);
                           }});
    return members;
}

} // namespace lathe::families
