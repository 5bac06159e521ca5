#include "core/pruning/fastest_widths.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/benchmark/width_scan.h"
#include "core/formats/graph_json.h"
#include "core/pruning/channel_selection.h"
#include "core/pruning/remove_channels.h"

namespace lathe {

namespace {

constexpr std::int64_t kVector = 8; ///< channels that a candidate's width is a multiple of
constexpr std::int64_t kShare = 8;  ///< of a group's size a candidate leaves at most this part more
constexpr double kAsFast = 1.02;    ///< times the fastest

/// The same layer in two places of a network is timed once.
std::string keyOf(const Graph& layer)
{
    return graphToJson({layer, {}, ArchitectureType::Cnn});
}

class Choosing {
public:
    Choosing(const Graph& graph, const ChannelClassesOfGraph& classes, const std::vector<ChannelGroup>& groups,
             std::vector<std::int64_t>& kept, const LayerTimer& timer)
        : m_graph(graph), m_classes(classes), m_groups(groups), m_kept(kept), m_timer(timer),
          m_names(scannableLayers(graph))
    {
        // Which classes go does not matter to what the layers cost.
        for (const ChannelGroup& group : groups)
            m_scores.emplace_back(group.classes.size(), 0.0);
    }

    Result<WidthChoice> choose(std::size_t group)
    {
        WidthChoice choice{m_groups[group].title(), {}, m_kept[group]};
        const std::vector<std::int64_t> candidates = candidatesOf(group);
        if (candidates.size() < 2)
            return choice;
        std::vector<std::vector<Graph>> layers;
        for (const std::int64_t kept : candidates) {
            auto made = layersAt(group, kept);
            if (!made)
                return tl::unexpected(made.error());
            layers.push_back(*std::move(made));
        }
        if (auto timed = time(layers); !timed)
            return tl::unexpected(timed.error());
        for (std::size_t i = 0; i < candidates.size(); ++i)
            choice.tried.push_back({candidates[i], secondsOf(layers[i])});
        choice.chosen = m_kept[group] = widestOfFastest(choice.tried);
        return choice;
    }

private:
    std::vector<std::int64_t> candidatesOf(std::size_t index) const
    {
        const ChannelGroup& group = m_groups[index];
        const std::int64_t kept = m_kept[index];
        std::vector<std::int64_t> candidates{kept};
        const std::int64_t step = classStep(group, kVector);
        const std::int64_t most = std::min(group.size(), kept + group.size() / kShare);
        for (std::int64_t next = (kept / step + 1) * step; kept < group.size() && next <= most; next += step)
            candidates.push_back(next);
        return candidates;
    }

    /// The layers that make or read the group's channels, each as a network of its own.
    Result<std::vector<Graph>> layersAt(std::size_t group, std::int64_t kept) const
    {
        std::vector<std::int64_t> counts = m_kept;
        counts[group] = kept;
        const RemovedClasses removed = leastImportant(m_classes.count(), m_groups, m_scores, counts);
        const Result<Graph> smaller = removeChannels(m_graph, m_classes, removed);
        if (!smaller)
            return tl::unexpected(smaller.error());
        std::vector<Graph> layers;
        for (const std::string& name : touchedBy(m_groups[group])) {
            auto layer = layerAlone(*smaller, name);
            if (!layer)
                return tl::unexpected(layer.error());
            layers.push_back(*std::move(layer));
        }
        return layers;
    }

    std::vector<std::string> touchedBy(const ChannelGroup& group) const
    {
        std::vector<std::string> names;
        for (const Node& node : m_graph.nodes()) {
            const bool isTouched = std::any_of(node.parameters.begin(), node.parameters.end(), [&](ParameterId id) {
                return std::any_of(group.axes.begin(), group.axes.end(),
                                   [&](const ChannelAxis& axis) { return axis.parameter == id; });
            });
            if (isTouched && std::find(m_names.begin(), m_names.end(), node.name) != m_names.end())
                names.push_back(node.name);
        }
        return names;
    }

    static Result<Graph> layerAlone(const Graph& graph, const std::string& name)
    {
        return scannedLayer(graph, name).and_then([](ScannedLayer layer) {
            layer.name = "layer";
            const WidthAxis axis = layer.isDepthwise() ? WidthAxis::Both : WidthAxis::Out;
            return graphOfWidth(layer, axis, layer.channels(axis));
        });
    }

    /// What is not known yet.
    Result<void> time(const std::vector<std::vector<Graph>>& layers)
    {
        std::vector<Graph> unknown;
        std::vector<std::string> keys;
        for (const std::vector<Graph>& ofWidth : layers)
            for (const Graph& layer : ofWidth)
                if (std::string key = keyOf(layer);
                    !m_seconds.contains(key) && std::find(keys.begin(), keys.end(), key) == keys.end()) {
                    unknown.push_back(layer);
                    keys.push_back(std::move(key));
                }
        if (unknown.empty())
            return {};
        return m_timer(unknown).map([&](const std::vector<double>& seconds) {
            for (std::size_t i = 0; i < keys.size(); ++i)
                m_seconds[keys[i]] = seconds[i];
        });
    }

    double secondsOf(const std::vector<Graph>& layers) const
    {
        double sum = 0.0;
        for (const Graph& layer : layers)
            sum += m_seconds.at(keyOf(layer));
        return sum;
    }

    static std::int64_t widestOfFastest(const std::vector<MeasuredWidth>& tried)
    {
        const auto bySeconds = [](const MeasuredWidth& a, const MeasuredWidth& b) { return a.seconds < b.seconds; };
        const double fastest = std::min_element(tried.begin(), tried.end(), bySeconds)->seconds;
        std::int64_t widest = 0;
        for (const MeasuredWidth& width : tried)
            if (width.seconds <= kAsFast * fastest)
                widest = std::max(widest, width.kept);
        return widest;
    }

    const Graph& m_graph;
    const ChannelClassesOfGraph& m_classes;
    const std::vector<ChannelGroup>& m_groups;
    std::vector<std::int64_t>& m_kept;
    const LayerTimer& m_timer;
    std::vector<std::string> m_names;
    std::vector<std::vector<double>> m_scores;
    std::map<std::string, double> m_seconds; ///< by layer
};

} // namespace

Result<std::vector<WidthChoice>> fastestWidths(const Graph& graph, const ChannelClassesOfGraph& classes,
                                               const std::vector<ChannelGroup>& groups, std::vector<std::int64_t>& kept,
                                               const LayerTimer& timer, const std::stop_token& stop,
                                               const ProgressSink& progress)
{
    Choosing choosing(graph, classes, groups, kept, timer);
    std::vector<WidthChoice> choices;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The widths were not chosen: it was stopped.");
        if (progress)
            progress({static_cast<double>(i) / static_cast<double>(groups.size()), groups[i].title()});
        auto choice = choosing.choose(i);
        if (!choice)
            return tl::unexpected(choice.error());
        choices.push_back(*std::move(choice));
    }
    return choices;
}

} // namespace lathe
