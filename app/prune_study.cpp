#include "app/prune_study.h"

#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/prune_study_report.h"
#include "app/stop.h"
#include "core/base/words.h"
#include "core/benchmark/environment.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"

namespace lathe::cli {

namespace {

constexpr const char* kAnyAmount = "0.5"; ///< where a study takes amounts of its own

void showProgress(const Progress& progress)
{
    printStatus(progress.what);
}

std::optional<TrainingOptions> trainingOf(const StudyOptions& options, std::uint64_t seed, int threads)
{
    if (options.fineTuneEpochs == 0)
        return std::nullopt;
    return usualFineTuning(options.fineTuneEpochs, options.learningRate, seed, threads);
}

/// Of what there is now, where it is not given as a share already.
double shareOf(double wanted, std::int64_t now)
{
    return wanted <= 1.0 ? wanted : wanted / static_cast<double>(now);
}

class Study {
public:
    Study(Backend& backend, const PruneOptions& common, const MaskOptions& masks, const StructuredOptions& structured,
          const StudyOptions& options)
        : m_backend(backend), m_common(common), m_masks(masks), m_structured(structured), m_options(options)
    {
    }

    Result<void> run()
    {
        const auto mode = modeFromName(m_structured.mode);
        if (!mode)
            return tl::unexpected(mode.error());
        m_mode = *mode;
        m_backend.setThreads(threads());
        if (auto ready = load(); !ready)
            return ready;
        if (m_options.showsSensitivity)
            return showSensitivity();
        if (!m_options.sweep.empty())
            return sweep();
        return pruneInSteps();
    }

private:
    int threads() const { return m_structured.threads > 0 ? m_structured.threads : usableCores(); }

    bool hasTarget() const
    {
        return m_options.targetSparsity || m_options.targetLatency || m_structured.targetMacs ||
               m_structured.targetParameters;
    }

    /// Amounts that are not those of the flags are put into the way.
    bool goesByAmounts() const
    {
        return m_options.showsSensitivity || !m_options.sweep.empty() || m_options.steps > 1 || hasTarget();
    }

    Result<void> load()
    {
        const auto shape = parseInput(m_common.input);
        if (!shape)
            return tl::unexpected(shape.error());
        PruneOptions common = m_common;
        if (common.amount && (m_options.showsSensitivity || !m_options.sweep.empty()))
            return fail(ErrorCode::InvalidArgument,
                        "--sweep and --sensitivity have amounts of their own; leave --amount out.");
        if (goesByAmounts() && !m_masks.pattern.empty())
            return fail(ErrorCode::InvalidArgument, "--nm says what stays of each group, and no amounts lead there; "
                                                    "prune by it without --sensitivity, --sweep, --steps and targets.");
        if (!common.amount && goesByAmounts() && !m_structured.targetMacs && !m_structured.targetParameters)
            common.amount = kAnyAmount;
        auto way = m_structured.isStructured
                       ? channelOptionsOf(common, m_structured).map([&](auto made) { return timed(std::move(made)); })
                       : planOf(common, m_masks).map([](auto made) { return PruningWay(made); });
        if (!way)
            return tl::unexpected(way.error());
        m_way = *std::move(way);
        return loadCompressionSubject(m_backend, {m_common.model, *shape, m_structured.data, 32, m_common.seed})
            .map([&](CompressionSubject subject) { m_subject = std::move(subject); });
    }

    PruningWay timed(ChannelPruningOptions way)
    {
        if (m_structured.roundByMeasurement)
            way.timer = engineTimer(m_backend, {m_mode, m_structured.batch, threads()}, m_probe, m_interrupt.token());
        return way;
    }

    Result<void> showSensitivity()
    {
        const auto curves = pruningSensitivity(m_backend, m_subject, m_way, {}, m_interrupt.token(), showProgress);
        printStatus("");
        if (!curves)
            return tl::unexpected(curves.error());
        printSensitivity(m_subject.model.name, toString(m_way), *curves, m_common.json);
        return {};
    }

    VariantWish wish() const
    {
        VariantWish wish;
        wish.amounts = m_options.sweep;
        wish.training = trainingOf(m_options, m_common.seed, threads());
        wish.batch = m_structured.batch;
        wish.threads = threads();
        wish.mode = m_structured.mode;
        wish.pairs = m_options.pairs;
        wish.secondsEach = m_options.maxSeconds;
        return wish;
    }

    Result<void> sweep()
    {
        const auto variants = sweepAmounts(m_backend, m_subject, m_way, wish(), m_interrupt.token(), showProgress);
        printStatus("");
        if (!variants)
            return tl::unexpected(variants.error());
        printVariants(m_subject.model.name, toString(m_way), *variants, m_common.json);
        return {};
    }

    Result<PruningTarget> target() const
    {
        using Kind = PruningTarget::Kind;
        const int said = m_options.targetSparsity.has_value() + m_options.targetLatency.has_value() +
                         m_structured.targetMacs.has_value() + m_structured.targetParameters.has_value() +
                         m_common.amount.has_value();
        if (said > 1)
            return fail(ErrorCode::InvalidArgument, "How far? Give one of --amount, --target-sparsity, --target-macs, "
                                                    "--target-params and --target-latency.");
        if (m_options.targetLatency)
            return PruningTarget{Kind::Latency, *m_options.targetLatency};
        const GraphCost now = cost(m_subject.model.graph);
        if (m_structured.targetMacs)
            return PruningTarget{Kind::Macs, shareOf(*m_structured.targetMacs, now.macs)};
        if (m_structured.targetParameters)
            return PruningTarget{Kind::Sparsity, 1.0 - shareOf(*m_structured.targetParameters, now.parameters)};
        if (m_options.targetSparsity)
            return PruningTarget{Kind::Sparsity, *m_options.targetSparsity};
        return m_options.steps > 1 ? stepwise() : Result<PruningTarget>(PruningTarget{Kind::AsGiven, 0.0});
    }

    Result<PruningTarget> stepwise() const
    {
        if (!m_common.amount)
            return fail(ErrorCode::InvalidArgument, "How far do the steps go? Give a share with --amount, or a target "
                                                    "such as --target-sparsity.");
        return amountFromText(*m_common.amount).and_then([](const Amount& amount) -> Result<PruningTarget> {
            if (const auto* share = std::get_if<double>(&amount))
                return PruningTarget{PruningTarget::Kind::Share, *share};
            return fail(ErrorCode::InvalidArgument, "In steps an amount is a share, such as 0.5.");
        });
    }

    Result<void> pruneInSteps()
    {
        const auto aim = target();
        if (!aim)
            return tl::unexpected(aim.error());
        GradualOptions options;
        options.target = *aim;
        options.steps = m_options.steps;
        options.training = trainingOf(m_options, m_common.seed, threads());
        options.batch = m_structured.batch;
        options.threads = threads();
        options.secondsEach = m_options.maxSeconds;
        const auto told = [](const GradualStep& step) {
            printStatus(fmt::format("sparsity {:.1f} %, {:.1f} % of the multiply-accumulates", 100.0 * step.sparsity,
                                    100.0 * step.macsShare));
        };
        TrainingEvents events;
        events.stepDone = [](const TrainingProgress& now) {
            printStatus(
                fmt::format("fine-tuning: epoch {} of {}, {} of {} steps", now.epoch, now.epochs, now.step, now.steps));
        };
        auto outcome = pruneGradually(m_backend, m_subject, m_way, options, told, events, m_interrupt.token());
        if (!outcome)
            return tl::unexpected(outcome.error());
        return conclude(*std::move(outcome));
    }

    Result<void> conclude(GradualOutcome outcome)
    {
        if (m_masks.isPermanent && outcome.model.pruning)
            makePermanent(outcome.model);
        if (!m_common.out.empty())
            if (const auto written = saveModel(m_common.out, outcome.model); !written)
                return written;
        std::vector<PrunedVariant> variants;
        if (m_options.measures) {
            auto measured =
                measurePruned(m_backend, m_subject, {outcome.model}, wish(), m_interrupt.token(), showProgress);
            if (!measured)
                return tl::unexpected(measured.error());
            variants = *std::move(measured);
        }
        printStatus("");
        printGradual(m_subject.model, outcome, variants, m_common.out, m_common.json);
        return {};
    }

    Backend& m_backend;
    const PruneOptions& m_common;
    const MaskOptions& m_masks;
    const StructuredOptions& m_structured;
    const StudyOptions& m_options;
    Probe m_probe = systemProbe();
    Mode m_mode = Mode::Fused; ///< that pruned networks are timed in
    StopOnInterrupt m_interrupt;
    PruningWay m_way;
    CompressionSubject m_subject;
};

} // namespace

bool StudyOptions::isAskedFor() const
{
    return showsSensitivity || !sweep.empty() || measures || steps > 1 || fineTuneEpochs > 0 || targetSparsity ||
           targetLatency;
}

void addStudyOptions(CLI::App& app, StudyOptions& options)
{
    CLI::Option* sensitivity =
        app.add_flag("--sensitivity", options.showsSensitivity,
                     "What each amount costs, of all layers together and of each alone, without training");
    CLI::Option* sweep = addListOption(app, "--sweep", options.sweep,
                                       "Prune by each of these shares and measure what comes out, such as 0.3,0.5,0.7");
    sweep->check(between(0.001, 0.999))->excludes(sensitivity);
    app.add_flag("--measure", options.measures,
                 "Time what comes out in turns with the network as it was: promised beside found")
        ->excludes(sensitivity);
    app.add_option("--pairs", options.pairs, "Inferences of each in such a comparison; as many as fit by default")
        ->check(between(10, 100000));
    app.add_option("--max-seconds", options.maxSeconds, "Time limit of one comparison (5)")
        ->check(between(0.1, 86400.0));
    app.add_option("--steps", options.steps, "Steps that the amount is reached in, with training between them (1)")
        ->check(between(1, 100))
        ->excludes(sensitivity);
    app.add_option("--fine-tune", options.fineTuneEpochs, "Epochs of training after each step, on --dataset (0)")
        ->check(between(0, 1000))
        ->excludes(sensitivity);
    app.add_option("--learning-rate", options.learningRate, "The highest of that training (0.01)")
        ->check(between(1e-6, 10.0));
    app.add_option("--target-sparsity", options.targetSparsity,
                   "In place of an amount: the share of weights that are 0, or of parameters that are gone")
        ->check(between(0.001, 0.999));
    app.add_option("--target-latency", options.targetLatency,
                   "In place of an amount: the share of the time of an inference, measured (with --structured)")
        ->check(between(0.01, 0.99));
}

Result<void> studyPruning(const PruneOptions& common, const MaskOptions& masks, const StructuredOptions& structured,
                          const StudyOptions& options)
{
    if (takesMaskFile(common, masks))
        return fail(ErrorCode::InvalidArgument,
                    "Masks of a file are one cut: prune by them without --sensitivity, --sweep, --measure and --steps, "
                    "and measure the file that comes out.");
    return loadBackend().and_then(
        [&](Backend* backend) { return Study(*backend, common, masks, structured, options).run(); });
}

} // namespace lathe::cli
