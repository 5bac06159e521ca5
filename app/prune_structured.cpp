#include "app/prune_structured.h"

#include <cmath>

#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/prune_structured_report.h"
#include "app/stop.h"
#include "core/benchmark/environment.h"
#include "core/datasets/dataset_name.h"
#include "core/graph/cost.h"
#include "core/pruning/amount.h"
#include "core/pruning/channel_pruning.h"
#include "core/pruning/loss_changes.h"
#include "core/training/fitting_dataset.h"

namespace lathe::cli {

namespace {

constexpr std::int64_t kUsualSamples = 256;

void showProgress(const Progress& progress)
{
    printStatus(progress.what);
}

/// Not read where there is a target.
Result<double> ratioOf(const PruneOptions& common, const StructuredOptions& options)
{
    const bool hasTarget = options.targetMacs || options.targetParameters;
    if (common.amount && hasTarget)
        return fail(ErrorCode::InvalidArgument, "A target says how much goes; leave --amount out.");
    if (hasTarget)
        return 0.0;
    if (!common.amount)
        return fail(ErrorCode::InvalidArgument,
                    "How much should go? Write --amount 0.3 for a share of the channels, or a target such as "
                    "--target-macs 0.5.");
    return amountFromText(*common.amount).and_then([&](const Amount& amount) -> Result<double> {
        if (const auto* ratio = std::get_if<double>(&amount))
            return *ratio;
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("--amount {} is a number of channels, and layers have unlike numbers of them; give a "
                                "share such as 0.5.",
                                *common.amount));
    });
}

/// A share of what there is, or as many.
std::optional<std::int64_t> targetOf(const std::optional<double>& wanted, std::int64_t now)
{
    if (!wanted)
        return std::nullopt;
    return static_cast<std::int64_t>(std::floor(*wanted <= 1.0 ? *wanted * static_cast<double>(now) : *wanted));
}

/// The work behind the command, in the order it is done.
class Pruning {
public:
    Pruning(Backend& backend, const PruneOptions& common, const StructuredOptions& options)
        : m_backend(backend), m_common(common), m_options(options), m_probe(systemProbe())
    {
    }

    Result<ChannelPruningOutcome> run()
    {
        return read().and_then([&] { return load(); }).and_then([&] { return judge(); }).and_then([&] {
            return pruneChannels(m_model, m_wish, m_interrupt.token(), showProgress)
                .map([&](ChannelPruningOutcome outcome) {
                    outcome.notes.insert(outcome.notes.begin(), m_notes.begin(), m_notes.end());
                    return outcome;
                });
        });
    }

private:
    int threads() const { return m_options.threads > 0 ? m_options.threads : usableCores(); }

    Result<void> read()
    {
        const auto mode = modeFromName(m_options.mode);
        if (!mode)
            return tl::unexpected(mode.error());
        return channelOptionsOf(m_common, m_options).map([&](ChannelPruningOptions wish) {
            m_wish = std::move(wish);
            if (m_options.roundByMeasurement)
                m_wish.timer =
                    engineTimer(m_backend, {*mode, m_options.batch, threads()}, m_probe, m_interrupt.token());
        });
    }

    Result<void> load()
    {
        m_backend.setThreads(threads());
        Result<LoadedModel> model = loadWithWeights(m_common, m_notes);
        if (!model)
            return tl::unexpected(model.error());
        m_model = *std::move(model);
        const GraphCost now = cost(m_model.graph);
        m_wish.targetMacs = targetOf(m_options.targetMacs, now.macs);
        m_wish.targetParameters = targetOf(m_options.targetParameters, now.parameters);
        return m_options.data.empty() ? Result<void>() : loadData(m_options.data);
    }

    Result<void> loadData(const std::string& text)
    {
        return datasetFromText(text).and_then([&](const DatasetName& name) {
            m_samples = name.samples > 0 ? name.samples : kUsualSamples;
            return loadFor(m_model, name, m_common.seed).map([&](Dataset dataset) { m_dataset = std::move(dataset); });
        });
    }

    Result<void> judge()
    {
        if (m_wish.measure.criterion != ChannelCriterion::Taylor)
            return {};
        if (!m_dataset)
            return fail(ErrorCode::InvalidArgument,
                        "The criterion taylor takes gradients on training images: name them with --dataset DATASET.");
        LossChangeOptions options;
        options.samples = m_samples;
        options.seed = m_common.seed;
        return lossChanges(m_backend, m_model, *m_dataset, options, m_interrupt.token(), showProgress)
            .map([&](std::vector<double> changes) {
                m_lossChanges = std::move(changes);
                m_wish.measure.lossChanges = &m_lossChanges;
            });
    }

    Backend& m_backend;
    const PruneOptions& m_common;
    const StructuredOptions& m_options;
    Probe m_probe;
    StopOnInterrupt m_interrupt;
    ChannelPruningOptions m_wish;
    LoadedModel m_model;
    std::vector<std::string> m_notes;
    std::optional<Dataset> m_dataset;
    std::int64_t m_samples = 0;
    std::vector<double> m_lossChanges; ///< by class
};

Result<void> listGroups(const PruneOptions& common, const StructuredOptions& options)
{
    return loadArgument(common.model, common.input, 0).map([&](const LoadedModel& model) {
        const auto groups = channelGroups(model.graph, channelClasses(model.graph));
        const ChannelChoice choice{options.heads, options.stream, common.excluded};
        common.json ? printGroupsJson(groups, choice) : printGroups(groups, choice);
    });
}

} // namespace

Result<ChannelPruningOptions> channelOptionsOf(const PruneOptions& common, const StructuredOptions& options)
{
    const auto criterion = channelCriterionFromName(common.method.value_or("l2"));
    if (!criterion)
        return tl::unexpected(criterion.error());
    return ratioOf(common, options).map([&](double ratio) {
        ChannelPruningOptions wish;
        wish.measure = {*criterion, common.seed, nullptr};
        wish.amount = {ratio, common.scope == "global", options.leastShare, options.roundTo};
        wish.choice = {options.heads, options.stream, common.excluded};
        return wish;
    });
}

void addStructuredOptions(CLI::App& app, StructuredOptions& options)
{
    CLI::Option* structured = app.add_flag("--structured", options.isStructured,
                                           "Take channels out: the network gets smaller in every tensor");
    const auto only = [structured](CLI::Option* option) { return option->needs(structured); };
    only(app.add_flag("--groups", options.listsGroups, "List whose channels go together, and which stay and why"));
    only(app.add_option("--round-to", options.roundTo, "Channels that stay are a multiple of this (1)"))
        ->check(atLeastOne());
    only(app.add_flag("--round-by-measurement", options.roundByMeasurement,
                      "Time the widths from the ratio's own upwards here, and take the fastest"));
    only(app.add_flag("--heads", options.heads, "Attention heads may go too; they stay otherwise"));
    only(app.add_flag("--stream", options.stream,
                      "The width of a transformer's embedding may go too; it stays otherwise"));
    only(app.add_option("--least-share", options.leastShare,
                        "Of each layer's channels, that stays with --scope global (0.1)"))
        ->check(between(0.0, 1.0));
    only(app.add_option("--target-macs", options.targetMacs,
                        "In place of an amount: multiply-accumulates that may be left, or their share up to 1"))
        ->check(between(1e-6, 1e18));
    only(app.add_option("--target-params", options.targetParameters, "The same for parameters"))
        ->check(between(1e-6, 1e18));
    app.add_option("--dataset", options.data,
                   "Images for --method taylor, --sensitivity, --sweep, --measure and --fine-tune: DATASET[:N], where "
                   "DATASET is " +
                       datasetKinds());
    app.add_option("--mode", options.mode,
                   "The mode that widths and pruned networks are timed in (fused); the original is timed fused");
    app.add_option("--batch", options.batch, "The batch that is timed (1)")->check(atLeastOne());
    app.add_option("--threads", options.threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
    for (const char* ofMasks :
         {"--unstructured", "--nm", "--mask-file", "--rule", "--bias", "--names", "--norm", "--axis"})
        structured->excludes(app.get_option(ofMasks));
}

Result<void> pruneStructured(const PruneOptions& common, const StructuredOptions& options)
{
    if (options.listsGroups)
        return listGroups(common, options);
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    const auto outcome = Pruning(**backend, common, options).run();
    printStatus("");
    if (!outcome)
        return tl::unexpected(outcome.error());
    if (!common.out.empty())
        if (const auto written = saveModel(common.out, outcome->model); !written)
            return written;
    common.json ? printStructuredJson(*outcome, common.out) : printStructured(*outcome, common.out);
    return {};
}

} // namespace lathe::cli
