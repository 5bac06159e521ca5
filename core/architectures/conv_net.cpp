#include <charconv>
#include <optional>
#include <sstream>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// A small convolutional network of any widths: in each stage a 3x3 convolution, batch normalisation, ReLU; between the
// stages 2x2 max pooling; at the end the mean of each channel and one fully connected layer.

namespace lathe::families {

namespace {

constexpr std::string_view kPrefix = "convnet:";
constexpr std::size_t kMostStages = 8;
constexpr std::int64_t kMostChannels = 4096;

std::optional<std::vector<std::int64_t>> widthsIn(std::string_view text)
{
    std::vector<std::int64_t> widths;
    std::istringstream rest{std::string(text)};
    for (std::string part; std::getline(rest, part, ',');) {
        std::int64_t width = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), width);
        if (error != std::errc() || end != part.data() + part.size() || width < 1 || width > kMostChannels)
            return {};
        widths.push_back(width);
    }
    if (widths.empty() || widths.size() > kMostStages || text.back() == ',')
        return {};
    return widths;
}

NodeId stage(GraphBuilder& builder, const std::string& number, NodeId x, std::int64_t channels)
{
    const op::Conv2d conv{.inChannels = blocks::channels(builder, x),
                          .outChannels = channels,
                          .kernel = {3, 3},
                          .padding = {1, 1},
                          .bias = false};
    const NodeId y = builder.batchNorm2d("bn" + number, builder.conv2d("conv" + number, x, conv));
    return builder.activation("relu" + number, y, op::Activation::Kind::ReLU);
}

NodeId convNet(GraphBuilder& builder, const std::vector<std::int64_t>& widths, std::int64_t classes)
{
    NodeId x = builder.input();
    for (std::size_t i = 0; i < widths.size(); ++i) {
        if (i > 0)
            x = builder.add(fmt::format("pool{}", i), op::MaxPool2d{}, {x});
        x = stage(builder, std::to_string(i + 1), x, widths[i]);
    }
    x = builder.add("mean", op::AdaptiveAvgPool2d{}, {x});
    return builder.linear("fc", builder.add("flatten", op::Flatten{}, {x}), classes);
}

} // namespace

bool isConvNet(std::string_view name)
{
    return name.starts_with(kPrefix);
}

Result<Member> convNetNamed(std::string_view name)
{
    const auto widths = widthsIn(name.substr(kPrefix.size()));
    if (!widths)
        return fail(
            ErrorCode::NotFound,
            fmt::format("\"{}\" is no convolutional network; name the channels of its 1 to {} stages, each from "
                        "1 to {}, such as convnet:8,16,32.",
                        name, kMostStages, kMostChannels));
    const auto network = [widths = *widths](GraphBuilder& builder, std::int64_t classes) {
        return convNet(builder, widths, classes);
    };
    return Member{std::string(name), "ConvNet", ArchitectureType::Cnn, 2015, network, {1, 28, 28}, 10};
}

} // namespace lathe::families
