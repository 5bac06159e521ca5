#include "core/pruning/pruned_variants.h"

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/statistics.h"
#include "core/benchmark/task.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

constexpr std::int64_t kTestBatch = 256;

class Table {
public:
    Table(Backend& backend, const CompressionSubject& subject, const VariantWish& wish, const std::stop_token& stop,
          const ProgressSink& progress)
        : m_backend(backend), m_subject(subject), m_wish(wish), m_stop(stop), m_progress(progress)
    {
    }

    Result<std::vector<PrunedVariant>> of(std::vector<LoadedModel> pruned)
    {
        m_parts = pruned.size() + 1;
        if (auto ready = begin(); !ready)
            return tl::unexpected(ready.error());
        for (LoadedModel& model : pruned) {
            ++m_part;
            if (auto added = add(std::move(model)); !added)
                return tl::unexpected(added.error());
        }
        return std::move(m_variants);
    }

private:
    Result<void> begin()
    {
        const LoadedModel& model = m_subject.model;
        report("the network as it is");
        const auto network = m_backend.prepare(model.graph, model.weights, Mode::Eager);
        if (!network)
            return tl::unexpected(network.error());
        auto exact = outputsOf(**network, m_subject.data()(), m_stop);
        if (!exact)
            return tl::unexpected(exact.error());
        m_exact = std::move(*exact);
        return describe(model).and_then([&](PrunedVariant variant) { return evaluate(variant); });
    }

    Result<void> add(LoadedModel model)
    {
        return describe(model).and_then([&](PrunedVariant variant) -> Result<void> {
            const std::size_t at = m_variants.size();
            variant.amount = at - 1 < m_wish.amounts.size() ? m_wish.amounts[at - 1] : 0.0;
            return time(variant).and_then([&] { return evaluate(variant); });
        });
    }

    Result<PrunedVariant> describe(const LoadedModel& model)
    {
        PrunedVariant variant;
        variant.model = model;
        const GraphCost costs = cost(model.graph);
        variant.parameters = costs.parameters;
        variant.macs = costs.macs;
        const std::int64_t whole = cost(m_subject.model.graph).parameters;
        variant.hasMasks = costs.parameters == whole;
        variant.sparsity = variant.hasMasks ? wholeSparsity(layerSparsity(model)).share()
                                            : 1.0 - static_cast<double>(costs.parameters) / static_cast<double>(whole);
        auto size = storedSize(model);
        if (!size)
            return tl::unexpected(size.error());
        variant.size = *size;
        const auto network = m_backend.prepare(model.graph, model.weights, Mode::Eager);
        if (!network)
            return tl::unexpected(network.error());
        return outputError(**network, m_exact, m_stop).map([&](const OutputError& error) {
            variant.error = error;
            return std::move(variant);
        });
    }

    Result<void> time(PrunedVariant& variant)
    {
        report("timed against the original");
        CompareOptions options;
        options.maxSeconds = m_wish.secondsEach;
        if (m_wish.pairs > 0)
            options.minPairs = options.maxPairs = m_wish.pairs;
        const std::string& name = m_subject.model.name;
        const Configuration original{name, "fused", m_wish.batch, m_wish.threads, {}, "cpu"};
        const Configuration pruned{name + " pruned", m_wish.mode, m_wish.batch, m_wish.threads, {}, "cpu"};
        return compareModels(m_backend, m_subject.model, original, variant.model, pruned, options, m_stop, {})
            .map([&](Comparison comparison) {
                PrunedVariant& first = m_variants.front();
                if (first.milliseconds == 0.0) {
                    const stats::Interval interval = stats::medianInterval(comparison.aMilliseconds);
                    first.milliseconds = stats::median(comparison.aMilliseconds);
                    first.ciLow = interval.low;
                    first.ciHigh = interval.high;
                }
                variant.milliseconds = first.milliseconds * comparison.ratio;
                variant.ciLow = first.milliseconds * comparison.ciLow;
                variant.ciHigh = first.milliseconds * comparison.ciHigh;
                variant.speed = std::move(comparison);
            });
    }

    /// Ends a variant.
    Result<void> evaluate(PrunedVariant& variant)
    {
        if (m_subject.dataset && m_subject.isTrained) {
            report("accuracy");
            auto found = evaluateOnTest(m_backend, variant.model, Mode::Fused, *m_subject.dataset, kTestBatch, m_stop);
            if (!found)
                return tl::unexpected(found.error());
            if (!m_before)
                m_before = *found;
            variant.accuracy = compareEvaluations(*m_before, *found, m_subject.dataset->test.labels);
        }
        m_variants.push_back(std::move(variant));
        return {};
    }

    void report(const char* what)
    {
        if (m_progress)
            m_progress({static_cast<double>(m_part) / static_cast<double>(m_parts),
                        fmt::format("{} of {}: {}", m_part + 1, m_parts, what)});
    }

    Backend& m_backend;
    const CompressionSubject& m_subject;
    const VariantWish& m_wish;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    ExactOutputs m_exact;
    std::optional<Evaluation> m_before;
    std::vector<PrunedVariant> m_variants;
    std::size_t m_part = 0;
    std::size_t m_parts = 1;
};

Result<void> train(Backend& backend, const CompressionSubject& subject, const TrainingOptions& options,
                   LoadedModel& model, const std::stop_token& stop)
{
    const StateDict masks = masksOf(model);
    auto trained = fineTuneNetwork(backend, subject, model.graph, model.weights, options,
                                   {nullptr, masks.empty() ? nullptr : &masks}, {}, stop);
    if (!trained)
        return tl::unexpected(trained.error());
    replaceWeights(model, trained->weights);
    return {};
}

std::string times(double ratio)
{
    return formatSignificant(ratio) + " times";
}

/// "(99 % interval 1.35 to 1.40)", of how many times as fast it is.
std::string intervalText(const Comparison& speed)
{
    return fmt::format("(99 % interval {})", formatRange(1.0 / speed.ciHigh, 1.0 / speed.ciLow));
}

constexpr double kFollows = 0.9; ///< of what was promised

/// Where the rest of the promise went cannot be told from whole inferences.
std::string shortfallText(double promised, const Comparison& speed)
{
    if (1.0 / speed.ratio >= kFollows * promised)
        return {};
    return " Calls, moved data and layers that lost nothing take as long as before; measure both with the time of each "
           "layer, and Why says which.";
}

std::string speedText(const PrunedVariant& original, const PrunedVariant& variant)
{
    const double promised =
        static_cast<double>(original.macs) / static_cast<double>(std::max<std::int64_t>(1, variant.macs));
    const Comparison& speed = *variant.speed;
    if (speed.aMilliseconds.size() < static_cast<std::size_t>(stats::fewestForInterval(kComparisonConfidence)))
        return fmt::format("{} as few multiply-accumulates promise {} the speed; too few inferences fitted into the "
                           "time to tell what it is.",
                           times(promised), times(promised));
    if (speed.verdict == Verdict::NoDifferenceShown)
        return fmt::format("{} as few multiply-accumulates promise {} the speed; no difference is shown {}.{}",
                           times(promised), times(promised), intervalText(speed), shortfallText(promised, speed));
    return fmt::format("{} as few multiply-accumulates promise {} the speed; it is {} as fast {}.{}", times(promised),
                       times(promised), times(1.0 / speed.ratio), intervalText(speed), shortfallText(promised, speed));
}

std::string maskedSpeedText(const Comparison& speed)
{
    if (speed.verdict != Verdict::NoDifferenceShown)
        return fmt::format("In the mode {}: {}", speed.bMode, speed.sentence);
    if (multipliesSparse(modeFromName(speed.bMode).value_or(Mode::Fused)))
        return fmt::format(
            "No difference in speed is shown in the mode {} either: sparse kernels have to look up where "
            "the other weights are.",
            speed.bMode);
    return "No difference in speed is shown: dense kernels multiply zeros as fast as anything else.";
}

std::string sizeText(const PrunedVariant& original, const PrunedVariant& variant)
{
    const std::string file = fmt::format("ts file is {} % of the original's, {} % once both are compressed by gzip.",
                                         formatSignificant(100.0 * variant.fileShare(original)),
                                         formatSignificant(100.0 * static_cast<double>(variant.size.gzipBytes) /
                                                           static_cast<double>(original.size.gzipBytes)));
    if (variant.hasMasks) // how many are zeros has been said
        return "I" + file +
               (variant.model.pruning ? " The originals are kept under the masks: make them permanent for a file that "
                                        "compresses."
                                      : "");
    return fmt::format("{} % of its parameters are gone; i{}", formatSignificant(100.0 * variant.sparsity), file);
}

} // namespace

double PrunedVariant::fileShare(const PrunedVariant& original) const
{
    return static_cast<double>(size.bytes) / static_cast<double>(original.size.bytes);
}

Result<std::vector<PrunedVariant>> measurePruned(Backend& backend, const CompressionSubject& subject,
                                                 std::vector<LoadedModel> pruned, const VariantWish& wish,
                                                 const std::stop_token& stop, const ProgressSink& progress)
{
    return guarded(fmt::format("Measuring what pruning {} gave", subject.model.name),
                   [&] { return Table(backend, subject, wish, stop, progress).of(std::move(pruned)); });
}

Result<std::vector<PrunedVariant>> sweepAmounts(Backend& backend, const CompressionSubject& subject,
                                                const PruningWay& way, const VariantWish& wish,
                                                const std::stop_token& stop, const ProgressSink& progress)
{
    constexpr double kPruningShare = 0.5; ///< of the progress, where there is training in it
    const ProgressSink pruning = partOf(progress, 0.0, wish.training ? kPruningShare : 0.05);
    std::vector<LoadedModel> pruned;
    for (const double amount : wish.amounts) {
        if (pruning)
            pruning({static_cast<double>(pruned.size()) / static_cast<double>(wish.amounts.size()),
                     fmt::format("pruning {} %", formatSignificant(100.0 * amount))});
        auto model = prunedBy(backend, subject, subject.model, way, amount, stop);
        if (!model)
            return tl::unexpected(model.error());
        if (wish.training)
            if (auto trained = train(backend, subject, *wish.training, *model, stop); !trained)
                return tl::unexpected(trained.error());
        pruned.push_back(*std::move(model));
    }
    return measurePruned(backend, subject, std::move(pruned), wish, stop,
                         partOf(progress, wish.training ? kPruningShare : 0.05, 1.0));
}

std::vector<std::string> promiseSentences(const PrunedVariant& original, const PrunedVariant& variant)
{
    std::vector<std::string> sentences;
    if (variant.hasMasks) {
        sentences.push_back(
            fmt::format("{} % of its weights are zeros, and its multiply-accumulates and parameters are "
                        "as many as before: masks alone change neither.",
                        formatSignificant(100.0 * variant.sparsity)));
        if (variant.speed)
            sentences.push_back(maskedSpeedText(*variant.speed));
    } else if (variant.speed) {
        sentences.push_back(speedText(original, variant));
    }
    sentences.push_back(sizeText(original, variant));
    if (variant.accuracy)
        sentences.push_back(accuracySentence(*variant.accuracy));
    return sentences;
}

} // namespace lathe
