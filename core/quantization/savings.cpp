#include "core/quantization/savings.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "core/base/statistics.h"
#include "core/benchmark/as_run.h"

namespace lathe {

namespace {

constexpr int kFewestRounds = 5;

/// A network's steps with the medians of their times.
class StepTimes {
public:
    explicit StepTimes(std::unique_ptr<Network> network) : m_network(std::move(network)) {}

    Result<void> round()
    {
        return m_network->runSteps().map([&](std::vector<TimedStep> steps) {
            m_seconds.resize(steps.size());
            for (std::size_t i = 0; i < steps.size(); ++i)
                m_seconds[i].push_back(steps[i].seconds);
            m_steps = std::move(steps);
        });
    }

    std::vector<TimedStep> medians() const
    {
        std::vector<TimedStep> steps = m_steps;
        for (std::size_t i = 0; i < steps.size(); ++i)
            steps[i].seconds = stats::median(m_seconds[i]);
        return steps;
    }

private:
    std::unique_ptr<Network> m_network;
    std::vector<TimedStep> m_steps;
    std::vector<std::vector<double>> m_seconds; ///< by step
};

std::map<NodeId, double> millisecondsByNode(const std::vector<TimedStep>& steps)
{
    std::map<NodeId, double> times;
    for (const TimedStep& step : steps)
        times[step.node] += 1e3 * step.seconds;
    return times;
}

double milliseconds(const std::vector<TimedStep>& steps)
{
    double all = 0.0;
    for (const TimedStep& step : steps)
        all += 1e3 * step.seconds;
    return all;
}

} // namespace

std::vector<NodeId> quantizedLayers(const QuantizationOutcome& outcome)
{
    std::vector<NodeId> nodes;
    const auto& layers = outcome.model.quantization->layers;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i].weight)
            nodes.push_back(static_cast<NodeId>(i));
    return nodes;
}

Savings savingsOf(const QuantizationOutcome& outcome, std::int64_t batch, std::vector<TimedStep> floatSteps,
                  std::vector<TimedStep> quantizedSteps)
{
    const auto before = millisecondsByNode(floatSteps);
    const auto after = millisecondsByNode(quantizedSteps);
    const auto timeIn = [](const std::map<NodeId, double>& times, NodeId node) {
        const auto found = times.find(node);
        return found != times.end() ? found->second : 0.0;
    };
    Savings savings{batch, {}, milliseconds(floatSteps), milliseconds(quantizedSteps), {}, {}};
    for (const NodeId node : quantizedLayers(outcome))
        savings.layers.push_back({node, timeIn(before, node), timeIn(after, node)});
    savings.floatSteps = std::move(floatSteps);
    savings.quantizedSteps = std::move(quantizedSteps);
    return savings;
}

Result<Savings> measureSavings(Backend& backend, const QuantizationOutcome& outcome, std::int64_t batch, double seconds,
                               const std::stop_token& stop, const ProgressSink& progress)
{
    const LoadedModel& model = outcome.model;
    auto exact = backend.prepare(model.graph, outcome.exact, Mode::Fused);
    if (!exact)
        return tl::unexpected(exact.error());
    auto quantized =
        backend.prepare(model.graph, model.weights, modeFor(kUsualMode, model).value(), "cpu", &*model.quantization);
    if (!quantized)
        return tl::unexpected(quantized.error());
    if (const auto ready = (*exact)->setBatch(batch).and_then([&] { return (*quantized)->setBatch(batch); }); !ready)
        return tl::unexpected(ready.error());
    StepTimes before(*std::move(exact));
    StepTimes after(*std::move(quantized));
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
    for (int round = 0; round < kFewestRounds || elapsed() < seconds; ++round) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The measurement of the layers was stopped.");
        if (progress)
            progress({std::min(1.0, elapsed() / seconds), "timing layers in float and quantized"});
        if (const auto ran = before.round().and_then([&] { return after.round(); }); !ran)
            return tl::unexpected(ran.error());
    }
    return savingsOf(outcome, batch, before.medians(), after.medians());
}

} // namespace lathe
