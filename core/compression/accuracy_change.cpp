#include "core/compression/accuracy_change.h"

#include <fmt/format.h>

#include "core/training/fitting_dataset.h"
#include "core/training/training_text.h"

namespace lathe {

namespace {

constexpr std::uint64_t kBootstrapSeed = 1;
constexpr double kLevel = 0.05;

} // namespace

double AccuracyChange::agreement() const
{
    return static_cast<double>(agreeing) / static_cast<double>(std::max<std::int64_t>(1, pairs.samples()));
}

AccuracyChange compareEvaluations(const Evaluation& before, const Evaluation& after,
                                  const std::vector<std::int64_t>& labels)
{
    AccuracyChange change{before, after, stats::countPairs(before.predictions, after.predictions, labels), 0, {}, 1.0};
    for (std::size_t i = 0; i < before.predictions.size(); ++i)
        change.agreeing += before.predictions[i] == after.predictions[i] ? 1 : 0;
    change.interval = stats::bootstrapDifference(change.pairs, kBootstrapSeed);
    change.pValue = stats::mcNemarExact(change.pairs);
    return change;
}

std::string accuracySentence(const AccuracyChange& change)
{
    const std::string figures = fmt::format(
        "Accuracy {} instead of {}: {:+.2f} points (95 % interval {:+.2f} to {:+.2f}); the same class for {} of {} "
        "images.",
        percentText(change.after.accuracy), percentText(change.before.accuracy), 100.0 * change.difference(),
        100.0 * change.interval.low, 100.0 * change.interval.high, percentText(change.agreement()),
        change.pairs.samples());
    if (change.pValue >= kLevel)
        return figures + " No difference in accuracy is shown.";
    return figures + (change.difference() < 0.0 ? " It is less accurate." : " It is more accurate.");
}

Result<Evaluation> evaluateOnTest(Backend& backend, const LoadedModel& model, Mode mode, const Dataset& dataset,
                                  std::int64_t batch, std::stop_token stop, const ProgressSink& progress)
{
    if (const auto fits = checkClasses(model, dataset); !fits)
        return tl::unexpected(fits.error());
    const auto network =
        backend.prepare(model.graph, model.weights, mode, "cpu", model.quantization ? &*model.quantization : nullptr);
    if (!network)
        return tl::unexpected(network.error());
    const Normalisation normalisation = normalisationFor(model, dataset);
    const EvaluationTask task{dataset.test, normalisation, dataset.classes(), batch};
    const auto forward = [&](const HostTensor& x) { return (*network)->infer(x); };
    return evaluate(forward, task, allIndices(dataset.test), std::move(stop), progress);
}

} // namespace lathe
