#include "ui/pruning/prune_work.h"

#include <fmt/format.h>

#include "core/benchmark/environment.h"
#include "core/benchmark/probe.h"
#include "core/pruning/reparametrization.h"
#include "core/training/fitting_dataset.h"
#include "ui/compression/fine_tuning.h"
#include "ui/pruning/pruned_rows.h"

namespace lathe::ui {

namespace {

constexpr double kLearningRate = 0.01;
constexpr std::int64_t kTestBatch = 256;
constexpr double kLongestPairs = 30.0; // seconds of one comparison; so many pairs are taken as were asked for
constexpr double kGainSeconds = 20.0;

std::optional<TrainingOptions> trainingOf(const PruningWish& wish)
{
    if (wish.fineTuneEpochs == 0)
        return std::nullopt;
    return usualFineTuning(wish.fineTuneEpochs, kLearningRate, wish.names.seed, usableCores());
}

PruningTarget targetOf(const PruningWish& wish)
{
    using Kind = PruningTarget::Kind;
    switch (wish.aim) {
    case PruningWish::Aim::Macs:
        return {Kind::Macs, 1.0 - wish.amount};
    case PruningWish::Aim::Latency:
        return {Kind::Latency, 1.0 - wish.amount};
    case PruningWish::Aim::Parameters:
        return {Kind::Sparsity, wish.amount};
    case PruningWish::Aim::Given:
        break;
    }
    return {Kind::Share, wish.amount};
}

class PruningRun {
public:
    PruningRun(Backend& backend, PrunedNetwork& network, const std::stop_token& stop, const ProgressSink& progress)
        : m_backend(backend), m_network(network), m_stop(stop), m_progress(progress)
    {
    }

    Result<LoadedModel> run()
    {
        Result<LoadedModel> model = wish().isInSteps() ? inSteps() : atOnce();
        if (model && wish().isPermanent && model->pruning)
            makePermanent(*model);
        return model;
    }

private:
    const PruningWish& wish() const { return m_network.wish; }
    const CompressionSubject& subject() const { return *m_network.subject; }

    Result<LoadedModel> inSteps()
    {
        GradualOptions options;
        options.target = targetOf(wish());
        options.steps = wish().steps;
        options.training = trainingOf(wish());
        options.threads = usableCores();
        const auto told = [this](const GradualStep& step) {
            m_progress({-1.0, fmt::format("{:.1f} % pruned, {:.1f} % of the multiply-accumulates left",
                                          100.0 * step.sparsity, 100.0 * step.macsShare)});
        };
        return pruneGradually(m_backend, subject(), wish().way, options, told, fineTuningEvents(m_progress), m_stop)
            .map([&](GradualOutcome outcome) {
                m_network.steps = std::move(outcome.steps);
                m_network.meetsTarget = outcome.meetsTarget;
                return std::move(outcome.model);
            });
    }

    Result<LoadedModel> atOnce()
    {
        auto model = once();
        if (!model || wish().fineTuneEpochs == 0)
            return model;
        const StateDict masks = masksOf(*model);
        return fineTuneNetwork(m_backend, subject(), model->graph, model->weights, *trainingOf(wish()),
                               {nullptr, masks.empty() ? nullptr : &masks}, fineTuningEvents(m_progress), m_stop)
            .map([&](const TrainingResult& trained) {
                replaceWeights(*model, trained.weights);
                return *std::move(model);
            });
    }

    Result<LoadedModel> masked(const PruningPlan& plan)
    {
        const std::string& file = wish().maskFile;
        if (file.empty())
            return prune(subject().model, plan);
        return readMasks(file).and_then(
            [&](const StateDict& masks) { return pruneByMasks(subject().model, masks, plan.excluded, file); });
    }

    Result<LoadedModel> once()
    {
        if (const auto* plan = std::get_if<PruningPlan>(&wish().way))
            return masked(*plan);
        ChannelPruningOptions options = std::get<ChannelPruningOptions>(wish().way);
        options.amount.ratio = wish().amount;
        const Probe probe = systemProbe();
        WidthTiming timing;
        timing.threads = usableCores();
        if (wish().roundsByMeasurement)
            options.timer = engineTimer(m_backend, timing, probe, m_stop);
        return withoutChannels(m_backend, subject(), subject().model, options, m_stop, m_progress)
            .map([&](ChannelPruningOutcome outcome) {
                m_network.notes = std::move(outcome.notes);
                if (wish().roundsByMeasurement)
                    m_network.notes.push_back(fmt::format(
                        "The widths of {} groups of channels were chosen by measurement.", outcome.widths.size()));
                return std::move(outcome.model);
            });
    }

    Backend& m_backend;
    PrunedNetwork& m_network;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
};

/// On the inputs that there are.
Result<OutputError> errorOf(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                            const std::stop_token& stop)
{
    const auto exact = backend.prepare(subject.model.graph, subject.model.weights, Mode::Eager);
    if (!exact)
        return tl::unexpected(exact.error());
    const auto outputs = outputsOf(**exact, subject.data()(), stop);
    if (!outputs)
        return tl::unexpected(outputs.error());
    const auto pruned = backend.prepare(model.graph, model.weights, Mode::Eager);
    if (!pruned)
        return tl::unexpected(pruned.error());
    return outputError(**pruned, *outputs, stop);
}

} // namespace

Result<PrunedNetwork> pruneAsWished(Backend& backend, const PruningWish& wish, const std::stop_token& stop,
                                    const ProgressSink& progress)
{
    progress({-1.0, "reading the network"});
    auto subject = loadCompressionSubject(backend, wish.names);
    if (!subject)
        return tl::unexpected(subject.error());
    PrunedNetwork network;
    network.wish = wish;
    network.subject = std::make_shared<const CompressionSubject>(*std::move(subject));
    progress({-1.0, "pruning"});
    auto model = PruningRun(backend, network, stop, progress).run();
    if (!model)
        return tl::unexpected(model.error());
    network.model = std::make_shared<const LoadedModel>(*std::move(model));
    progress({-1.0, "comparing the outputs"});
    const auto error = errorOf(backend, *network.subject, *network.model, stop);
    if (!error)
        return tl::unexpected(error.error());
    network.output = *error;
    network.layers =
        std::make_shared<const std::vector<PrunedLayerRow>>(prunedRows(network.subject->model, *network.model));
    return network;
}

PrunedNetwork madePermanent(PrunedNetwork network)
{
    LoadedModel model = *network.model;
    if (model.pruning)
        makePermanent(model);
    network.model = std::make_shared<const LoadedModel>(std::move(model));
    network.sizes.reset(); // masks are no longer in the files
    network.variants.reset();
    return network;
}

Result<PrunedNetwork> withPromises(Backend& backend, PrunedNetwork network, const PromiseWish& wish,
                                   const std::stop_token& stop, const ProgressSink& progress)
{
    VariantWish asked;
    asked.amounts = wish.amounts.empty() ? std::vector{network.wish.amount} : wish.amounts;
    asked.training = trainingOf(network.wish);
    asked.mode = wish.mode;
    asked.batch = wish.batch;
    asked.threads = usableCores();
    asked.pairs = wish.pairs;
    asked.secondsEach = kLongestPairs;
    auto variants = wish.amounts.empty()
                        ? measurePruned(backend, *network.subject, {*network.model}, asked, stop, progress)
                        : sweepAmounts(backend, *network.subject, network.wish.way, asked, stop, progress);
    if (!variants)
        return tl::unexpected(variants.error());
    network.variants = std::make_shared<const std::vector<PrunedVariant>>(*std::move(variants));
    return network;
}

Result<PrunedNetwork> withSensitivity(Backend& backend, PrunedNetwork network, const SensitivityOptions& options,
                                      const std::stop_token& stop, const ProgressSink& progress)
{
    auto curves = pruningSensitivity(backend, *network.subject, network.wish.way, options, stop, progress);
    if (!curves)
        return tl::unexpected(curves.error());
    network.curves = std::make_shared<const std::vector<SensitivityCurve>>(*std::move(curves));
    return network;
}

Result<PrunedNetwork> withSizes(PrunedNetwork network, const std::stop_token& stop, const ProgressSink& progress)
{
    auto sizes = measureSizes(*network.model, {}, stop, progress);
    if (!sizes)
        return tl::unexpected(sizes.error());
    network.sizes = std::make_shared<const SizeTable>(*std::move(sizes));
    return network;
}

Result<PrunedNetwork> withBreakEven(Backend& backend, PrunedNetwork network, const BreakEvenWish& wish,
                                    const std::stop_token& stop, const ProgressSink& progress)
{
    const LoadedModel& model = network.subject->model;
    const Result<ScannedLayer> layer = scannedLayer(model.graph, wish.layer);
    if (!layer)
        return tl::unexpected(layer.error());
    BreakEvenOptions options;
    options.batch = wish.batch;
    options.threads = usableCores();
    options.maxSeconds = wish.seconds;
    auto scan = scanBreakEven(backend, *layer, options, systemProbe(), stop, progress);
    if (!scan)
        return tl::unexpected(scan.error());
    scan->model = model.name;
    network.breakEven = std::make_shared<const BreakEven>(*std::move(scan));
    return network;
}

Result<PrunedNetwork> withSparseGains(Backend& backend, PrunedNetwork network, std::int64_t batch,
                                      const std::stop_token& stop, const ProgressSink& progress)
{
    auto gains = measureSparseGains(backend, *network.model, {batch, usableCores(), kGainSeconds}, systemProbe(), stop,
                                    progress);
    if (!gains)
        return tl::unexpected(gains.error());
    network.gains = std::make_shared<const SparseGains>(*std::move(gains));
    return network;
}

bool awaitsAccuracy(const PrunedNetwork& network)
{
    const CompressionSubject& subject = *network.subject;
    return !network.accuracy && subject.dataset && subject.isTrained &&
           checkClasses(subject.model, *subject.dataset).has_value();
}

Result<PrunedNetwork> withAccuracy(Backend& backend, PrunedNetwork network, const std::stop_token& stop,
                                   const ProgressSink& progress)
{
    const Dataset& dataset = *network.subject->dataset;
    const auto evaluation = [&](const LoadedModel& model) {
        return evaluateOnTest(backend, model, Mode::Fused, dataset, kTestBatch, stop, progress);
    };
    auto before = evaluation(network.subject->model);
    if (!before)
        return tl::unexpected(before.error());
    const auto after = evaluation(*network.model);
    if (!after)
        return tl::unexpected(after.error());
    network.accuracy = compareEvaluations(*before, *after, dataset.test.labels);
    return network;
}

double sparsityOf(const PrunedNetwork& network)
{
    return lathe::sparsityOf(network.subject->model, *network.model, network.wish.way);
}

std::vector<std::string> scannedLayers(const PrunedNetwork& network)
{
    return scannableLayers(network.subject->model.graph);
}

} // namespace lathe::ui
