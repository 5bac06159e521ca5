#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/words.h"
#include "core/benchmark/width_scan.h"

namespace lathe {

namespace {

struct AxisRow {
    WidthAxis axis;
    std::string_view name;
};
constexpr std::array<AxisRow, 3> kAxes{{{WidthAxis::Out, "out"}, {WidthAxis::In, "in"}, {WidthAxis::Both, "both"}}};

constexpr std::size_t kMostNames = 5; ///< that an error lists

bool isScannable(const Graph& graph, const Node& node)
{
    const bool isKind =
        std::holds_alternative<op::Conv2d>(node.operation) || std::holds_alternative<op::Linear>(node.operation);
    return isKind && graph.node(node.inputs.front()).output.batched;
}

std::string scannableNames(const Graph& graph)
{
    const std::vector<std::string> names = scannableLayers(graph);
    return names.empty() ? "it has none" : "it has " + listText(names, kMostNames);
}

tl::unexpected<Error> cannotHave(const ScannedLayer& layer, std::int64_t channels, const std::string& why)
{
    return fail(ErrorCode::InvalidArgument, fmt::format("{} cannot have {} channels: {}.", layer.name, channels, why));
}

/// A depthwise convolution keeps how many outputs each of its inputs has.
op::Conv2d widened(op::Conv2d conv, WidthAxis axis, std::int64_t channels)
{
    if (axis == WidthAxis::Both && conv.groups == conv.inChannels && conv.groups > 1) {
        conv.outChannels = channels * (conv.outChannels / conv.inChannels);
        conv.groups = conv.inChannels = channels;
        return conv;
    }
    if (axis != WidthAxis::In)
        conv.outChannels = channels;
    if (axis != WidthAxis::Out)
        conv.inChannels = channels;
    return conv;
}

Result<void> checkChannels(const ScannedLayer& layer, WidthAxis axis, std::int64_t channels)
{
    if (channels < 1)
        return cannotHave(layer, channels, "it takes 1 at least");
    if (layer.isDepthwise() && axis != WidthAxis::Both)
        return cannotHave(layer, channels,
                          "it is depthwise, so that those that come in and out are one number; vary both");
    const auto* conv = std::get_if<op::Conv2d>(&layer.operation);
    if (conv != nullptr && !layer.isDepthwise() && channels % conv->groups != 0)
        return cannotHave(layer, channels, fmt::format("it has {} groups of equal size; take multiples", conv->groups));
    return {};
}

Result<Graph> convolutionAlone(const ScannedLayer& layer, const op::Conv2d& conv)
{
    Shape input = layer.input;
    input.front() = conv.inChannels;
    GraphBuilder builder(layer.name, input);
    return builder.finish(builder.conv2d(layer.name, builder.input(), conv));
}

Result<Graph> linearAlone(const ScannedLayer& layer, const op::Linear& linear, WidthAxis axis, std::int64_t channels)
{
    Shape input = layer.input;
    if (axis != WidthAxis::Out)
        input.back() = channels;
    GraphBuilder builder(layer.name, input);
    const std::int64_t out = axis == WidthAxis::In ? linear.outFeatures : channels;
    return builder.finish(builder.linear(layer.name, builder.input(), out, linear.bias));
}

} // namespace

std::string_view axisName(WidthAxis axis)
{
    return std::find_if(kAxes.begin(), kAxes.end(), [&](const AxisRow& row) { return row.axis == axis; })->name;
}

Result<WidthAxis> axisFromName(std::string_view name)
{
    const auto* row = std::find_if(kAxes.begin(), kAxes.end(), [&](const AxisRow& r) { return r.name == name; });
    if (row == kAxes.end())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("There are no channels \"{}\" of a layer; write out, in or both.", name));
    return row->axis;
}

bool ScannedLayer::isDepthwise() const
{
    const auto* conv = std::get_if<op::Conv2d>(&operation);
    return conv != nullptr && conv->groups > 1 && conv->groups == conv->inChannels;
}

std::int64_t ScannedLayer::channels(WidthAxis axis) const
{
    if (const auto* conv = std::get_if<op::Conv2d>(&operation))
        return axis == WidthAxis::In || isDepthwise() ? conv->inChannels : conv->outChannels;
    const auto& linear = std::get<op::Linear>(operation);
    return axis == WidthAxis::In ? linear.inFeatures : linear.outFeatures;
}

std::vector<std::string> scannableLayers(const Graph& graph)
{
    std::vector<std::string> names;
    for (const Node& node : graph.nodes())
        if (isScannable(graph, node))
            names.push_back(node.name);
    return names;
}

Result<ScannedLayer> scannedLayer(const Graph& graph, const std::string& name)
{
    const auto node = std::find_if(graph.nodes().begin(), graph.nodes().end(),
                                   [&](const Node& candidate) { return candidate.name == name; });
    if (node == graph.nodes().end())
        return fail(ErrorCode::NotFound,
                    fmt::format("{} has no layer \"{}\"; of convolutions and linear layers {}. lathe describe {} "
                                "--layers shows all.",
                                graph.name(), name, scannableNames(graph), graph.name()));
    if (node->inputs.empty() || !isScannable(graph, *node))
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is {}; only convolutions and linear layers that run in each inference have widths "
                                "to scan, and {}.",
                                name, operationName(node->operation), scannableNames(graph)));
    return ScannedLayer{name, node->operation, graph.node(node->inputs.front()).output.shape};
}

Result<Graph> graphOfWidth(const ScannedLayer& layer, WidthAxis axis, std::int64_t channels)
{
    if (auto sound = checkChannels(layer, axis, channels); !sound)
        return tl::unexpected(sound.error());
    if (const auto* conv = std::get_if<op::Conv2d>(&layer.operation))
        return convolutionAlone(layer, widened(*conv, axis, channels));
    return linearAlone(layer, std::get<op::Linear>(layer.operation), axis, channels);
}

} // namespace lathe
