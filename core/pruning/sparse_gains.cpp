#include "core/pruning/sparse_gains.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/float_formats.h"
#include "core/base/statistics.h"
#include "core/base/words.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/measure.h"
#include "core/benchmark/task.h"
#include "core/session/record_json_p.h"

namespace lathe {

using json::Json;

namespace {

constexpr std::size_t kMostNames = 5;

enum Way { Dense, Csr, Bsr, Chosen };
constexpr std::array<Mode, 4> kModes{Mode::Fused, Mode::Csr, Mode::Bsr, Mode::Sparse};

double shareOfZeros(const HostTensor& stored)
{
    const HostTensor weight = asFloat32(stored).value_or(stored);
    const auto count = elementCount(weight.shape);
    const auto zeros = std::count(weight.floats(), weight.floats() + count, 0.0F);
    return count > 0 ? static_cast<double>(zeros) / static_cast<double>(count) : 0.0;
}

bool isLayer(const Node& node)
{
    return std::holds_alternative<op::Conv2d>(node.operation) || std::holds_alternative<op::Linear>(node.operation);
}

std::string kernelOf(const std::vector<TimedStep>& steps, NodeId node)
{
    for (const TimedStep& step : steps)
        if (step.node == node && step.kernel.find("addmm") != std::string::npos)
            return step.kernel;
    const auto first =
        std::find_if(steps.begin(), steps.end(), [node](const TimedStep& step) { return step.node == node; });
    return first != steps.end() ? first->kernel : std::string();
}

/// The four ways of one network, run in turns.
class Turns {
public:
    Turns(Backend& backend, const LoadedModel& model, const SparseGainOptions& options)
        : m_backend(backend), m_model(model), m_options(options)
    {
    }

    Result<void> prepare()
    {
        for (std::size_t way = 0; way < kModes.size(); ++way) {
            const Configuration configuration{
                m_model.name, std::string(name(kModes[way])), m_options.batch, m_options.threads, {}, "cpu"};
            auto network = prepareNetwork(m_backend, m_model, configuration);
            if (!network)
                return tl::unexpected(network.error());
            m_networks[way] = std::move(*network);
            if (auto warm = m_networks[way]->run(); !warm)
                return warm;
        }
        return {};
    }

    Result<void> round()
    {
        for (std::size_t way = 0; way < kModes.size(); ++way) {
            const auto seconds = m_networks[way]->runTimed();
            if (!seconds)
                return tl::unexpected(seconds.error());
            for (std::size_t node = 0; node < seconds->size(); ++node)
                m_samples[way][static_cast<NodeId>(node)].push_back((*seconds)[node] * 1e3);
        }
        return {};
    }

    const std::vector<double>& of(Way way, NodeId node) { return m_samples[way][node]; }
    Network& network(Way way) { return *m_networks[way]; }

private:
    Backend& m_backend;
    const LoadedModel& m_model;
    const SparseGainOptions& m_options;
    std::array<std::unique_ptr<Network>, kModes.size()> m_networks;
    std::array<std::map<NodeId, std::vector<double>>, kModes.size()> m_samples; ///< milliseconds
};

LayerSparseGain gainOf(Turns& turns, const LoadedModel& model, NodeId id, const std::vector<TimedStep>& steps)
{
    const Node& node = model.graph.node(id);
    const HostTensor& weight = model.weights[static_cast<std::size_t>(node.parameters.front())].tensor;
    const auto median = [&](Way way) { return stats::median(turns.of(way, id)); };
    LayerSparseGain gain{node.name,
                         std::string(operationName(node.operation)),
                         elementCount(weight.shape),
                         shareOfZeros(weight),
                         median(Dense),
                         median(Csr),
                         median(Bsr),
                         median(Chosen),
                         kernelOf(steps, id),
                         false};
    const bool isSparse = gain.chosenKernel.find("addmm csr") != std::string::npos ||
                          gain.chosenKernel.find("addmm bsr") != std::string::npos;
    gain.gains = isSparse && comparePairs("dense", "sparse", turns.of(Dense, id), turns.of(Chosen, id)).verdict ==
                                 Verdict::SecondFaster;
    return gain;
}

Result<SparseGains> measured(Backend& backend, const LoadedModel& model, const SparseGainOptions& options,
                             const Probe& probe, const std::stop_token& stop, const ProgressSink& progress)
{
    Turns turns(backend, model, options);
    if (auto ready = turns.prepare(); !ready)
        return tl::unexpected(ready.error());
    SparseGains gains{options.batch, options.threads, 0, {}, {}, currentEnvironment(backend.info())};
    const double begin = probe.seconds();
    const double wanted = options.seconds / 2.0;
    const int fewest = stats::fewestForInterval(kComparisonConfidence);
    for (; gains.rounds < fewest || probe.seconds() - begin < wanted; ++gains.rounds) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The measurement of the layers was stopped.");
        if (progress)
            progress({std::min(0.5, 0.5 * (probe.seconds() - begin) / wanted), "timing layers dense and sparse"});
        if (auto ran = turns.round(); !ran)
            return tl::unexpected(ran.error());
    }
    const auto steps = turns.network(Chosen).runSteps();
    if (!steps)
        return tl::unexpected(steps.error());
    for (std::size_t i = 1; i < model.graph.nodes().size(); ++i)
        if (isLayer(model.graph.nodes()[i]))
            gains.layers.push_back(gainOf(turns, model, static_cast<NodeId>(i), *steps));
    CompareOptions compare;
    compare.maxSeconds = wanted;
    auto network = compareInterleaved(
        "dense", [&] { return turns.network(Dense).run(); }, "sparse", [&] { return turns.network(Chosen).run(); },
        compare, probe, stop, partOf(progress, 0.5, 1.0));
    if (!network)
        return tl::unexpected(network.error());
    gains.network = std::move(*network);
    return gains;
}

std::string layersText(std::size_t count)
{
    return count == 1 ? "1 layer" : fmt::format("{} layers", count);
}

std::string listOf(const std::vector<const LayerSparseGain*>& layers)
{
    std::vector<std::string> names;
    for (const LayerSparseGain* layer : layers)
        names.push_back(layer->name);
    return listText(names, kMostNames);
}

std::vector<const LayerSparseGain*> which(const SparseGains& gains, bool (*test)(const LayerSparseGain&))
{
    std::vector<const LayerSparseGain*> found;
    for (const LayerSparseGain& layer : gains.layers)
        if (test(layer))
            found.push_back(&layer);
    return found;
}

} // namespace

Result<SparseGains> measureSparseGains(Backend& backend, const LoadedModel& model, const SparseGainOptions& options,
                                       const Probe& probe, const std::stop_token& stop, const ProgressSink& progress)
{
    return guarded(fmt::format("Timing {} dense and sparse", model.name), [&]() -> Result<SparseGains> {
        const Configuration configuration{model.name, "sparse", options.batch, options.threads, {}, "cpu"};
        return runnable(backend, model, configuration).and_then([&](const LoadedModel& ready) {
            return measured(backend, ready, options, probe, stop, progress);
        });
    });
}

std::vector<std::string> sparseGainSentences(const SparseGains& gains)
{
    std::vector<std::string> sentences;
    const auto faster = which(gains, [](const LayerSparseGain& layer) { return layer.gains; });
    if (!faster.empty()) // otherwise both ran the same kernels
        sentences.push_back(gains.network.sentence);
    const auto zeros = which(gains, [](const LayerSparseGain& layer) { return layer.sparsity > 0.0; });
    if (zeros.empty())
        sentences.push_back("No weight of it is 0: there is nothing that a sparse product could skip.");
    else if (faster.empty())
        sentences.push_back(fmt::format("None of the {} with zeros was shown to be faster without them: the dense "
                                        "kernels multiply zeros as fast as anything else, and a sparse one has to look "
                                        "up where the others are.",
                                        layersText(zeros.size())));
    else
        sentences.push_back(fmt::format("{} of the {} with zeros would gain: {}.", faster.size(),
                                        layersText(zeros.size()), listOf(faster)));
    double saved = 0.0;
    for (const LayerSparseGain* layer : faster)
        saved += layer->denseMs - layer->chosenMs;
    if (!faster.empty())
        sentences.push_back(fmt::format("Together they save {} ms.", formatSignificant(saved, 2)));
    return sentences;
}

std::string sparseGainsToJson(const SparseGains& gains)
{
    Json document{{"environment", json::encode(gains.environment)},
                  {"batch", gains.batch},
                  {"threads", gains.threads},
                  {"rounds", gains.rounds},
                  {"layers", Json::array()},
                  {"ratio", gains.network.ratio},
                  {"ci_low", gains.network.ciLow},
                  {"ci_high", gains.network.ciHigh},
                  {"sentences", sparseGainSentences(gains)}};
    for (const LayerSparseGain& layer : gains.layers)
        document["layers"].push_back({{"name", layer.name},
                                      {"op", layer.operation},
                                      {"weights", layer.weights},
                                      {"sparsity", layer.sparsity},
                                      {"dense_ms", layer.denseMs},
                                      {"csr_ms", layer.csrMs},
                                      {"bsr_ms", layer.bsrMs},
                                      {"sparse_ms", layer.chosenMs},
                                      {"kernel", layer.chosenKernel},
                                      {"gains", layer.gains}});
    return json::dump(document, 2);
}

} // namespace lathe
