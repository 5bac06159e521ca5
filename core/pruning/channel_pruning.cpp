#include "core/pruning/channel_pruning.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/words.h"
#include "core/graph/cost.h"
#include "core/pruning/module_count.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

constexpr int kBisections = 24;
constexpr std::size_t kMostLayers = 3; ///< that a note names

tl::unexpected<Error> wrong(std::string message)
{
    return fail(ErrorCode::InvalidArgument, std::move(message));
}

Result<void> checkModel(const LoadedModel& model, const ChannelPruningOptions& options)
{
    if (model.graph.isSealed())
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is a sealed TorchScript program, whose layers cannot be pruned; take an "
                                "architecture or a file of weights.",
                                model.name));
    if (model.quantization)
        return wrong(
            fmt::format("{} is quantized; prune the file it was made from, and quantize afterwards.", model.name));
    if (model.weights.empty() && options.measure.criterion != ChannelCriterion::Random)
        return wrong(fmt::format("{} has no weights to judge its channels by; give a file of weights.", model.name));
    return {};
}

bool hasTarget(const ChannelPruningOptions& options)
{
    return options.targetMacs || options.targetParameters;
}

Result<void> checkAmount(const ChannelPruningOptions& options)
{
    const ChannelAmount& amount = options.amount;
    if (amount.roundTo < 1)
        return wrong(fmt::format("Widths cannot be multiples of {}; give 1 or more.", amount.roundTo));
    if (hasTarget(options) && options.timer)
        return wrong("Widths by measurement may be wider than a target allows; give one of the two.");
    if (!hasTarget(options) && amount.ratio == 1.0)
        return wrong("A ratio of 1 would leave no channel; give one below it.");
    if (!hasTarget(options) && !(amount.ratio >= 0.0 && amount.ratio < 1.0))
        return wrong(
            fmt::format("A ratio of {:g} of the channels cannot go; give one from 0 to below 1.", amount.ratio));
    return {};
}

NetworkSize sizeOf(const Graph& graph)
{
    const GraphCost total = cost(graph);
    return {total.parameters, total.macs, moduleOperations(graph)};
}

/// "1.82 GMACs and 11.7M parameters"
std::string sizeText(const NetworkSize& size)
{
    return fmt::format("{} and {} parameters", formatSi(static_cast<double>(size.macs), "MACs"),
                       formatSi(static_cast<double>(size.parameters)));
}

std::int64_t channelsOf(const Operation& operation)
{
    if (const auto* conv = std::get_if<op::Conv2d>(&operation))
        return conv->outChannels;
    if (const auto* linear = std::get_if<op::Linear>(&operation))
        return linear->outFeatures;
    const auto* embedding = std::get_if<op::Embedding>(&operation);
    return embedding != nullptr ? embedding->width : 0;
}

std::vector<PrunedLayer> smallerLayers(const Graph& before, const Graph& after)
{
    std::vector<PrunedLayer> layers;
    for (std::size_t i = 0; i < before.nodes().size(); ++i) {
        const Node& node = before.nodes()[i];
        const std::int64_t channels = channelsOf(node.operation);
        if (channels == 0 || node.parameters.empty())
            continue;
        const std::int64_t numel = elementCount(before.parameter(node.parameters.front()).shape);
        const std::int64_t left = elementCount(after.parameter(node.parameters.front()).shape);
        if (left < numel)
            layers.push_back({node.name, numel - left, numel, channels, channelsOf(after.nodes()[i].operation)});
    }
    return layers;
}

/// One network on its way.
class ChannelPruner {
public:
    ChannelPruner(const LoadedModel& model, const ChannelPruningOptions& options)
        : m_model(model), m_options(options), m_amount(options.amount), m_classes(channelClasses(model.graph)),
          m_all(channelGroups(model.graph, m_classes))
    {
    }

    Result<ChannelPruningOutcome> run(const std::stop_token& stop, const ProgressSink& progress)
    {
        return choose()
            .and_then([&] { return judge(); })
            .and_then([&] { return count(); })
            .and_then([&] { return measure(stop, progress); })
            .and_then([&] { return remove(); });
    }

private:
    Result<void> choose()
    {
        return chosenGroups(m_model.graph, m_all, m_options.choice).map([&](std::vector<ChannelGroup> groups) {
            m_groups = std::move(groups);
        });
    }

    Result<void> judge()
    {
        auto scores = channelScores(m_model.graph, m_classes, m_groups, m_model.weights, m_options.measure);
        if (!scores)
            return tl::unexpected(scores.error());
        m_scores = *std::move(scores);
        if (std::all_of(m_scores.begin(), m_scores.end(), [](const auto& ofGroup) { return ofGroup.empty(); }))
            return wrong(fmt::format("{} has no batch normalisation that its channels could be judged by; take l1 or "
                                     "l2.",
                                     m_model.name));
        return {};
    }

    std::vector<std::int64_t> keptAt(double ratio) const
    {
        ChannelAmount amount = m_amount;
        amount.ratio = ratio;
        return keptCounts(m_groups, m_scores, amount);
    }

    Result<void> count()
    {
        if (hasTarget(m_options))
            if (auto found = findRatio(); !found)
                return found;
        m_kept = keptAt(m_amount.ratio);
        if (!hasTarget(m_options) && !m_amount.isGlobal && !m_options.keepsOne)
            if (auto left = checkThatSomeStay(); !left)
                return left;
        const bool isWhole = std::equal(m_groups.begin(), m_groups.end(), m_kept.begin(),
                                        [](const ChannelGroup& g, std::int64_t kept) { return g.size() == kept; });
        if (isWhole && m_amount.ratio > 0.0)
            return wrong(fmt::format("At a ratio of {:g} and widths that are multiples of {} no layer of {} loses a "
                                     "channel; give a greater ratio or a smaller multiple.",
                                     m_amount.ratio, m_amount.roundTo, m_model.name));
        return {};
    }

    /// Of every group by itself one channel stays at least; a ratio that would take that too is refused.
    Result<void> checkThatSomeStay() const
    {
        for (std::size_t i = 0; i < m_groups.size(); ++i) {
            const auto size = static_cast<double>(m_groups[i].size());
            if (!m_scores[i].empty() && m_groups[i].size() > 1 &&
                std::floor(size * (1.0 - m_amount.ratio) + 1e-9) < 1.0)
                return wrong(fmt::format("At a ratio of {:g} nothing would be left of {} ({} in all); give "
                                         "at most {}, exclude it, or rank all layers together.",
                                         m_amount.ratio, m_groups[i].title(), m_groups[i].size(),
                                         formatSignificant(std::floor(1000.0 * (1.0 - 1.0 / size)) / 1000.0)));
        }
        return {};
    }

    Result<Graph> graphWith(const std::vector<std::int64_t>& kept) const
    {
        return removeChannels(m_model.graph, m_classes, leastImportant(m_classes.count(), m_groups, m_scores, kept));
    }

    Result<NetworkSize> sizeAt(double ratio) const { return graphWith(keptAt(ratio)).map(sizeOf); }

    bool isWithin(const NetworkSize& size) const
    {
        return size.macs <= m_options.targetMacs.value_or(size.macs) &&
               size.parameters <= m_options.targetParameters.value_or(size.parameters);
    }

    /// The least ratio, to within a ten-millionth, that leaves no more than the target.
    Result<void> findRatio()
    {
        double enough = 1.0 - 1e-9;
        double tooLittle = 0.0;
        const Result<NetworkSize> least = sizeAt(enough);
        if (!least)
            return tl::unexpected(least.error());
        if (!isWithin(*least))
            return wrong(fmt::format("{} cannot get to that target by losing channels: {} are left of it at the least.",
                                     m_model.name, sizeText(*least)));
        if (isWithin(sizeOf(m_model.graph)))
            return wrong(fmt::format("{} has {} already; give a target below that.", m_model.name,
                                     sizeText(sizeOf(m_model.graph))));
        for (int i = 0; i < kBisections; ++i) {
            const double middle = (enough + tooLittle) / 2.0;
            const Result<NetworkSize> size = sizeAt(middle);
            if (!size)
                return tl::unexpected(size.error());
            (isWithin(*size) ? enough : tooLittle) = middle;
        }
        m_amount.ratio = enough;
        return {};
    }

    Result<void> measure(const std::stop_token& stop, const ProgressSink& progress)
    {
        if (!m_options.timer)
            return {};
        return fastestWidths(m_model.graph, m_classes, m_groups, m_kept, m_options.timer, stop, progress)
            .map([&](std::vector<WidthChoice> widths) { m_widths = std::move(widths); });
    }

    Result<ChannelPruningOutcome> remove()
    {
        const RemovedClasses removed = leastImportant(m_classes.count(), m_groups, m_scores, m_kept);
        Result<Graph> smaller = removeChannels(m_model.graph, m_classes, removed);
        if (!smaller)
            return tl::unexpected(smaller.error());
        ChannelPruningOutcome outcome;
        outcome.before = sizeOf(m_model.graph);
        outcome.after = sizeOf(*smaller);
        outcome.layers = smallerLayers(m_model.graph, *smaller);
        outcome.ratio = m_amount.ratio;
        outcome.scheme = schemeText();
        outcome.widths = std::move(m_widths);
        outcome.notes = notes();
        outcome.model = smallerModel(*std::move(smaller), removed);
        return outcome;
    }

    LoadedModel smallerModel(Graph graph, const RemovedClasses& removed) const
    {
        LoadedModel model = m_model;
        model.graph = std::move(graph);
        model.weights = removeChannels(m_model.weights, m_classes, removed);
        model.userDefined = true;
        model.scheme = (m_model.scheme.empty() ? "" : m_model.scheme + ", ") + schemeText();
        model.origin = m_model.origin.empty() ? m_model.name : m_model.origin;
        model.top1.reset(); // published of the whole network
        model.top5.reset();
        model.fileBytes = storedBytes(model);
        return model;
    }

    std::string schemeText() const
    {
        return fmt::format("{} channels {:.3g} {}{}{}", name(m_options.measure.criterion), m_amount.ratio,
                           m_amount.isGlobal ? "global" : "local",
                           m_amount.roundTo > 1 ? fmt::format(", multiples of {}", m_amount.roundTo) : "",
                           m_options.timer ? ", measured widths" : "");
    }

    /// What kept its channels for one reason, but for the output, which nobody expects to lose any.
    std::vector<std::string> notes() const
    {
        std::map<std::string, std::vector<std::string>> whole;
        for (const ChannelGroup& group : m_all)
            if (const std::string why = whyWhole(group, m_options.choice); !why.empty() && !group.fixed.output)
                whole[why].push_back(group.layers.front());
        for (std::size_t i = 0; i < m_groups.size(); ++i)
            if (m_scores[i].empty())
                whole["no batch normalisation tells how much they matter"].push_back(m_groups[i].layers.front());
        std::vector<std::string> sentences;
        for (const auto& [why, layers] : whole)
            sentences.push_back(fmt::format("All channels of {} stay: {}.", listText(layers, kMostLayers), why));
        return sentences;
    }

    const LoadedModel& m_model;
    const ChannelPruningOptions& m_options;
    ChannelAmount m_amount; ///< its ratio may be found
    ChannelClassesOfGraph m_classes;
    std::vector<ChannelGroup> m_all;
    std::vector<ChannelGroup> m_groups; ///< that lose channels
    std::vector<std::vector<double>> m_scores;
    std::vector<std::int64_t> m_kept;
    std::vector<WidthChoice> m_widths;
};

} // namespace

double ChannelPruningOutcome::sparsity() const
{
    return 1.0 -
           static_cast<double>(after.parameters) / static_cast<double>(std::max<std::int64_t>(before.parameters, 1));
}

Result<ChannelPruningOutcome> pruneChannels(const LoadedModel& model, const ChannelPruningOptions& options,
                                            const std::stop_token& stop, const ProgressSink& progress)
{
    return checkModel(model, options).and_then([&] { return checkAmount(options); }).and_then([&] {
        LoadedModel plain = model;
        if (plain.pruning)
            makePermanent(plain);
        return ChannelPruner(plain, options).run(stop, progress);
    });
}

} // namespace lathe
