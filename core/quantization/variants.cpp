#include "core/quantization/variants.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/sample.h"
#include "core/quantization/data_path.h"

namespace lathe {

namespace {

constexpr std::int64_t kTestBatch = 256;

struct Run {
    std::string name;
    const LoadedModel& model;
    Mode mode;
};

class Table {
public:
    Table(Backend& backend, const CompressionSubject& subject, const QuantizationOutcome& outcome,
          const VariantOptions& options, const std::stop_token& stop, const ProgressSink& progress)
        : m_backend(backend), m_subject(subject), m_outcome(outcome), m_options(options), m_stop(stop),
          m_progress(progress), m_eager{"float32 eager", subject.model, Mode::Eager},
          m_fused{"float32 fused", subject.model, Mode::Fused}, m_quantized{schemeText(*outcome.model.quantization),
                                                                            outcome.model,
                                                                            modeFor(kUsualMode, outcome.model).value()}
    {
    }

    Result<std::vector<Variant>> measure()
    {
        for (const Run* run : {&m_eager, &m_fused, &m_quantized}) {
            if (const auto described = describe(*run); !described)
                return tl::unexpected(described.error());
        }
        return time().and_then([this] { return evaluate(); }).map([this] { return std::move(m_variants); });
    }

private:
    Result<void> describe(const Run& run)
    {
        report(run.name + ": size and memory");
        Variant variant;
        variant.name = run.name;
        variant.mode = name(run.mode);
        const bool isSameFile = !m_variants.empty() && !run.model.quantization;
        const auto size = isSameFile ? Result<StoredSize>(m_variants.front().size) : storedSize(run.model);
        if (!size)
            return tl::unexpected(size.error());
        variant.size = *size;
        const auto network = m_backend.prepare(run.model.graph, run.model.weights, run.mode, "cpu",
                                               run.model.quantization ? &*run.model.quantization : nullptr);
        if (!network)
            return tl::unexpected(network.error());
        const std::int64_t batch = *std::max_element(m_options.batches.begin(), m_options.batches.end());
        if (const auto ready = (*network)->setBatch(batch); !ready)
            return ready;
        const auto peak = (*network)->peakTensorBytes();
        if (!peak)
            return tl::unexpected(peak.error());
        variant.peakTensorBytes = *peak;
        if (const auto steps = (*network)->runSteps(); steps && run.model.quantization)
            variant.movedBytes = bytesMoved(m_outcome, *steps, false);
        m_variants.push_back(std::move(variant));
        return addFloatTraffic(run, batch);
    }

    /// The steps of the folded network in float, whose nodes are the quantized one's.
    Result<void> addFloatTraffic(const Run& run, std::int64_t batch)
    {
        if (run.mode != Mode::Fused)
            return {};
        const auto network = m_backend.prepare(m_outcome.model.graph, m_outcome.exact, Mode::Fused);
        if (!network)
            return tl::unexpected(network.error());
        return (*network)
            ->setBatch(batch)
            .and_then([&] { return (*network)->runSteps(); })
            .map([&](const std::vector<TimedStep>& steps) {
                m_variants.back().movedBytes = bytesMoved(m_outcome, steps, true);
            });
    }

    Result<void> time()
    {
        for (const std::int64_t batch : m_options.batches) {
            const auto quantized = compare(m_fused, m_quantized, batch);
            const auto eager = quantized ? compare(m_fused, m_eager, batch) : quantized;
            if (!eager)
                return tl::unexpected(eager.error());
            m_variants[0].timings.push_back(timing(batch, eager->bMilliseconds, *eager));
            m_variants[1].timings.push_back(timing(batch, quantized->aMilliseconds, {}));
            m_variants[2].timings.push_back(timing(batch, quantized->bMilliseconds, *quantized));
        }
        return {};
    }

    Result<Comparison> compare(const Run& a, const Run& b, std::int64_t batch)
    {
        report(fmt::format("{} against {}, batch {}", b.name, a.name, batch));
        CompareOptions options;
        options.maxSeconds = m_options.secondsEach;
        return compareModels(m_backend, a.model, configuration(a, batch), b.model, configuration(b, batch), options,
                             m_stop, {});
    }

    Configuration configuration(const Run& run, std::int64_t batch) const
    {
        return {run.model.name,    std::string(name(run.mode)),  batch,
                m_options.threads, run.model.graph.inputShape(), "cpu"};
    }

    static VariantTiming timing(std::int64_t batch, const std::vector<double>& milliseconds,
                                std::optional<Comparison> against)
    {
        const double seconds = std::accumulate(milliseconds.begin(), milliseconds.end(), 0.0) / 1e3;
        const Latency latency = summarise(milliseconds, seconds);
        return {batch,
                latency.median,
                latency.ciLow,
                latency.ciHigh,
                latency.median > 0.0 ? 1e3 * static_cast<double>(batch) / latency.median : 0.0,
                std::move(against)};
    }

    Result<void> evaluate()
    {
        if (!m_subject.dataset || !m_subject.isTrained)
            return {};
        const Run* runs[] = {&m_eager, &m_fused, &m_quantized};
        for (std::size_t i = 0; i < 3; ++i) {
            report(runs[i]->name + ": accuracy");
            auto evaluation =
                evaluateOnTest(m_backend, runs[i]->model, runs[i]->mode, *m_subject.dataset, kTestBatch, m_stop);
            if (!evaluation && evaluation.error().code == ErrorCode::InvalidArgument) // of other classes
                return {};
            if (!evaluation)
                return tl::unexpected(evaluation.error());
            m_variants[i].evaluation = *std::move(evaluation);
        }
        for (std::size_t i = 0; i < 3; ++i)
            if (i != 1)
                m_variants[i].accuracy = compareEvaluations(*m_variants[1].evaluation, *m_variants[i].evaluation,
                                                            m_subject.dataset->test.labels);
        return {};
    }

    void report(const std::string& what) const
    {
        if (m_progress)
            m_progress({-1.0, what});
    }

    Backend& m_backend;
    const CompressionSubject& m_subject;
    const QuantizationOutcome& m_outcome;
    const VariantOptions& m_options;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    Run m_eager;
    Run m_fused;
    Run m_quantized;
    std::vector<Variant> m_variants;
};

} // namespace

Result<std::vector<Variant>> measureVariants(Backend& backend, const CompressionSubject& subject,
                                             const QuantizationOutcome& outcome, const VariantOptions& options,
                                             const std::stop_token& stop, const ProgressSink& progress)
{
    backend.setThreads(options.threads);
    return Table(backend, subject, outcome, options, stop, progress).measure();
}

std::vector<std::string> timingCaveats(const std::vector<Variant>& variants)
{
    std::vector<std::string> caveats;
    std::set<std::string> known;
    for (const Variant& variant : variants)
        for (const VariantTiming& timing : variant.timings)
            for (const Flag& flag : timing.againstFused ? timing.againstFused->flags : std::vector<Flag>{})
                if (known.insert(flag.code).second)
                    caveats.push_back(flag.text);
    return caveats;
}

std::vector<std::string> promiseSentences(const std::vector<Variant>& variants)
{
    const Variant& before = variants[1];
    const Variant& after = variants[2];
    const auto smaller = [](std::int64_t a, std::int64_t b) {
        return 100.0 * (1.0 - static_cast<double>(b) / static_cast<double>(std::max<std::int64_t>(1, a)));
    };
    std::vector<std::string> sentences{fmt::format(
        "About 75 % smaller is what 8 bits instead of 32 promise: found {:.1f} % ({} instead of {}), and {:.1f} % once "
        "both are compressed by gzip.",
        smaller(before.size.bytes, after.size.bytes), formatBytes(static_cast<double>(after.size.bytes)),
        formatBytes(static_cast<double>(before.size.bytes)), smaller(before.size.gzipBytes, after.size.gzipBytes))};
    if (before.movedBytes && after.movedBytes)
        sentences.push_back(fmt::format(
            "4 times less data moved is the promise: found {:.1f} times ({} instead of {} "
            "read and written by an inference).",
            static_cast<double>(*before.movedBytes) / static_cast<double>(std::max<std::int64_t>(1, *after.movedBytes)),
            formatBytes(static_cast<double>(*after.movedBytes)), formatBytes(static_cast<double>(*before.movedBytes))));
    return sentences;
}

} // namespace lathe
