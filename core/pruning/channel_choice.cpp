#include "core/pruning/channel_choice.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/architectures/names.h"
#include "core/base/words.h"
#include "core/pruning/rules.h"

namespace lathe {

namespace {

bool fits(const std::string& pattern, const ChannelGroup& group)
{
    return std::any_of(group.layers.begin(), group.layers.end(),
                       [&](const std::string& layer) { return namesParameter(pattern, layer, layer + ".weight"); });
}

std::vector<std::string> allLayers(const std::vector<ChannelGroup>& groups)
{
    std::vector<std::string> names;
    for (const ChannelGroup& group : groups)
        for (const std::string& layer : group.layers)
            if (std::find(names.begin(), names.end(), layer) == names.end())
                names.push_back(layer);
    return names;
}

Result<void> checkExclusions(const Graph& graph, const std::vector<ChannelGroup>& groups,
                             const std::vector<std::string>& excluded)
{
    for (const std::string& pattern : excluded) {
        const bool isThere =
            std::any_of(groups.begin(), groups.end(), [&](const ChannelGroup& g) { return fits(pattern, g); });
        if (isThere)
            continue;
        const std::vector<std::string> near = nearNames(pattern, allLayers(groups));
        return fail(ErrorCode::NotFound,
                    fmt::format("{} has no layer with channels named \"{}\"; {}.", graph.name(), pattern,
                                near.empty() ? fmt::format("lathe describe {} --layers lists them", graph.name())
                                             : "near it are " + listText(near)));
    }
    return {};
}

} // namespace

std::string whyWhole(const ChannelGroup& group, const ChannelChoice& choice)
{
    if (const std::string obstacle = group.obstacle(); !obstacle.empty())
        return obstacle;
    if (group.size() < 2)
        return "they can only go all at once";
    const bool isExcluded = std::any_of(choice.excluded.begin(), choice.excluded.end(),
                                        [&](const std::string& pattern) { return fits(pattern, group); });
    if (isExcluded)
        return "they are excluded";
    if (group.kind == ChannelKind::AttentionHeads && !choice.heads)
        return "attention heads stay unless asked for";
    if (group.kind == ChannelKind::TransformerStream && !choice.transformerStream)
        return "the embedding's width stays unless asked for";
    return {};
}

Result<std::vector<ChannelGroup>> chosenGroups(const Graph& graph, const std::vector<ChannelGroup>& groups,
                                               const ChannelChoice& choice)
{
    if (auto sound = checkExclusions(graph, groups, choice.excluded); !sound)
        return tl::unexpected(sound.error());
    std::vector<ChannelGroup> chosen;
    std::copy_if(groups.begin(), groups.end(), std::back_inserter(chosen),
                 [&](const ChannelGroup& group) { return whyWhole(group, choice).empty(); });
    if (chosen.empty())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("No channels of {} may go: exclude fewer layers, or allow heads and the embedding's "
                                "width where there are any.",
                                graph.name()));
    return chosen;
}

} // namespace lathe
