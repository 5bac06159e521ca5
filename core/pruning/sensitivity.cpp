#include "core/pruning/sensitivity.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/proportions.h"
#include "core/base/words.h"

namespace lathe {

namespace {

constexpr std::size_t kMostNames = 3;
constexpr double kTellingAgreement = 0.95; ///< of the classes, at which a network counts as much the same

Result<std::vector<ChannelGroup>> groupsOf(const LoadedModel& model, const ChannelPruningOptions& options)
{
    const ChannelClassesOfGraph classes = channelClasses(model.graph);
    return chosenGroups(model.graph, channelGroups(model.graph, classes), options.choice);
}

Result<std::vector<std::string>> maskedLayers(const LoadedModel& model, const PruningPlan& plan)
{
    return selectParameters(model.graph, plan).map([&](const std::vector<PruningGroup>& groups) {
        std::set<ParameterId> chosen;
        for (const PruningGroup& group : groups)
            chosen.insert(group.parameters.begin(), group.parameters.end());
        std::vector<std::string> layers;
        for (const PrunableParameter& parameter : prunableParameters(model.graph)) {
            const std::string& layer = model.graph.node(parameter.node).name;
            if (chosen.contains(parameter.id) && !parameter.isBias &&
                std::find(layers.begin(), layers.end(), layer) == layers.end())
                layers.push_back(layer);
        }
        return layers;
    });
}

PruningWay onlyMasks(PruningPlan plan, const std::string& layer)
{
    plan.rules = {{layer, plan.rules.empty() ? PruningStep{} : plan.rules.front().step}};
    plan.excluded.clear();
    return plan;
}

/// Every other group is excluded by its first layer, which excludes all that is tied to it.
Result<PruningWay> onlyChannels(const LoadedModel& model, ChannelPruningOptions options, const std::string& layer)
{
    return groupsOf(model, options).map([&](const std::vector<ChannelGroup>& groups) -> PruningWay {
        for (const ChannelGroup& group : groups)
            if (group.layers.front() != layer)
                options.choice.excluded.push_back(group.layers.front());
        return options;
    });
}

Result<PruningWay> only(const LoadedModel& model, const PruningWay& way, const std::string& layer)
{
    if (const auto* plan = std::get_if<PruningPlan>(&way))
        return onlyMasks(*plan, layer);
    return onlyChannels(model, std::get<ChannelPruningOptions>(way), layer);
}

class Study {
public:
    Study(Backend& backend, const CompressionSubject& subject, const PruningWay& way, const SensitivityOptions& options,
          const std::stop_token& stop, const ProgressSink& progress)
        : m_backend(backend), m_subject(subject), m_way(way), m_options(options), m_stop(stop), m_progress(progress)
    {
    }

    Result<std::vector<SensitivityCurve>> run()
    {
        std::vector<std::string> layers{""};
        if (m_options.eachLayer) {
            const auto each = prunableLayers(m_subject.model, m_way);
            if (!each)
                return tl::unexpected(each.error());
            layers.insert(layers.end(), each->begin(), each->end());
        }
        m_points = layers.size() * m_options.amounts.size();
        if (auto ready = keepExact(); !ready)
            return tl::unexpected(ready.error());
        std::vector<SensitivityCurve> curves;
        for (const std::string& layer : layers) {
            auto made = curve(layer);
            if (!made)
                return tl::unexpected(made.error());
            curves.push_back(std::move(*made));
        }
        return curves;
    }

private:
    Result<void> keepExact()
    {
        const LoadedModel& model = m_subject.model;
        const auto network = m_backend.prepare(model.graph, model.weights, Mode::Eager);
        if (!network)
            return tl::unexpected(network.error());
        return outputsOf(**network, m_subject.data()(), m_stop).map([&](ExactOutputs exact) {
            m_exact = std::move(exact);
            if (m_subject.calibration && m_subject.isTrained)
                m_exact.labels = m_subject.calibration->labels();
        });
    }

    Result<SensitivityCurve> curve(const std::string& layer)
    {
        const Result<PruningWay> way = layer.empty() ? Result<PruningWay>(m_way) : only(m_subject.model, m_way, layer);
        if (!way)
            return tl::unexpected(way.error());
        SensitivityCurve made{layer, {}};
        for (const double amount : m_options.amounts) {
            report(layer, amount);
            auto at = point(*way, amount);
            if (!at)
                return tl::unexpected(at.error());
            made.points.push_back(std::move(*at));
        }
        return made;
    }

    Result<SensitivityPoint> point(const PruningWay& way, double amount)
    {
        const auto pruned = prunedBy(m_backend, m_subject, m_subject.model, way, amount, m_stop);
        if (!pruned)
            return tl::unexpected(pruned.error());
        const auto network = m_backend.prepare(pruned->graph, pruned->weights, Mode::Eager);
        if (!network)
            return tl::unexpected(network.error());
        return outputError(**network, m_exact, m_stop).map([&](const OutputError& error) {
            SensitivityPoint made{amount, sparsityOf(m_subject.model, *pruned, way), error, {}, {}};
            if (!m_exact.labels.empty()) {
                made.accuracy = static_cast<double>(error.correct) / static_cast<double>(error.samples);
                made.interval = stats::wilsonInterval(error.correct, error.samples);
            }
            return made;
        });
    }

    void report(const std::string& layer, double amount)
    {
        if (m_progress)
            m_progress({static_cast<double>(m_done++) / static_cast<double>(m_points),
                        fmt::format("{} pruned by {}", layer.empty() ? "all" : layer, formatSignificant(amount))});
    }

    Backend& m_backend;
    const CompressionSubject& m_subject;
    const PruningWay& m_way;
    const SensitivityOptions& m_options;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    ExactOutputs m_exact;
    std::size_t m_points = 0;
    std::size_t m_done = 0;
};

/// Signal to noise at the amount nearest to one half: what the curves are ranked by.
double atHalf(const SensitivityCurve& curve)
{
    const auto nearest = std::min_element(curve.points.begin(), curve.points.end(), [](const auto& a, const auto& b) {
        return std::abs(a.amount - 0.5) < std::abs(b.amount - 0.5);
    });
    return nearest->error.sqnrDb();
}

std::string names(const std::vector<const SensitivityCurve*>& curves)
{
    std::vector<std::string> names;
    for (const SensitivityCurve* curve : curves)
        names.push_back(fmt::format("{} ({} dB)", curve->layer, formatFixed(atHalf(*curve), 1)));
    return listText(names);
}

std::string wholeText(const SensitivityCurve& whole)
{
    const SensitivityPoint* last = nullptr;
    for (const SensitivityPoint& point : whole.points) {
        if (point.error.agreement() < kTellingAgreement)
            break;
        last = &point;
    }
    if (last == nullptr)
        return fmt::format("All together change the class of more than {} % of the inputs already at {} %.",
                           formatSignificant(100.0 * (1.0 - kTellingAgreement)),
                           formatSignificant(100.0 * whole.points.front().amount));
    return fmt::format("All together can lose {} % before more than {} % of the inputs change their class; no training "
                       "afterwards.",
                       formatSignificant(100.0 * last->amount), formatSignificant(100.0 * (1.0 - kTellingAgreement)));
}

} // namespace

Result<std::vector<std::string>> prunableLayers(const LoadedModel& model, const PruningWay& way)
{
    if (const auto* plan = std::get_if<PruningPlan>(&way))
        return maskedLayers(model, *plan);
    return groupsOf(model, std::get<ChannelPruningOptions>(way)).map([](const std::vector<ChannelGroup>& groups) {
        std::vector<std::string> layers;
        for (const ChannelGroup& group : groups)
            layers.push_back(group.layers.front());
        return layers;
    });
}

Result<std::vector<SensitivityCurve>> pruningSensitivity(Backend& backend, const CompressionSubject& subject,
                                                         const PruningWay& way, const SensitivityOptions& options,
                                                         const std::stop_token& stop, const ProgressSink& progress)
{
    const bool isSound = !options.amounts.empty() && std::is_sorted(options.amounts.begin(), options.amounts.end()) &&
                         options.amounts.front() >= 0.0 && options.amounts.back() < 1.0;
    if (!isSound)
        return fail(ErrorCode::InvalidArgument,
                    "Amounts are rising shares from 0 to less than 1, such as 0.3, 0.5 and 0.7.");
    return Study(backend, subject, way, options, stop, progress).run();
}

std::vector<std::string> sensitivitySentences(const std::vector<SensitivityCurve>& curves)
{
    std::vector<std::string> sentences{wholeText(curves.front())};
    std::vector<const SensitivityCurve*> ranked;
    for (const SensitivityCurve& curve : curves)
        if (!curve.layer.empty())
            ranked.push_back(&curve);
    if (ranked.size() < 2)
        return sentences;
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto* a, const auto* b) { return atHalf(*a) < atHalf(*b); });
    const std::size_t shown = std::min(kMostNames, ranked.size() / 2);
    sentences.push_back(fmt::format("Half of one layer hurts most in {}.",
                                    names({ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(shown)})));
    sentences.push_back(fmt::format("It hurts least in {}.",
                                    names({ranked.rbegin(), ranked.rbegin() + static_cast<std::ptrdiff_t>(shown)})));
    return sentences;
}

} // namespace lathe
