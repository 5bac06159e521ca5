#include "core/benchmark/measure.h"

#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <malloc.h>

#include "core/base/time_now.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/count_check.h"
#include "core/benchmark/instructions.h"
#include "core/benchmark/judge.h"
#include "core/benchmark/layers.h"
#include "core/benchmark/machine.h"
#include "core/benchmark/memory.h"
#include "core/benchmark/task.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

constexpr std::uint64_t kWeightSeed = 1;
constexpr double kLayersShare = 0.25; ///< of the time

std::string newId()
{
    std::random_device device;
    return fmt::format("{:08x}{:08x}", device(), device());
}

Result<void> checkOptions(const MeasureOptions& options)
{
    if (!(options.precisionTarget > 0.0 && options.precisionTarget < 1.0))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("A precision target of {} cannot be; give a share of the median such as 0.02.",
                                options.precisionTarget));
    if (!(options.maxSeconds > 0.0))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("A time limit of {} s leaves no time to measure.", options.maxSeconds));
    return {};
}

/// What is known of the model before it runs.
Record describeModel(const LoadedModel& model, const Configuration& configuration)
{
    const GraphCost costs = cost(model.graph);
    Record record;
    record.id = newId();
    record.time = timeNow();
    record.configuration = configuration;
    record.configuration.input = model.graph.inputShape();
    record.family = model.family;
    record.type = model.type;
    record.params = costs.parameters;
    record.macs = costs.macs;
    record.activationBytes = costs.activationBytes;
    record.parameterBytes = costs.parameterBytes;
    record.top1 = model.top1;
    record.fileBytes = model.fileBytes;
    record.scheme = pruningText(model);
    record.origin = record.scheme.empty() ? std::string() : model.origin;
    return record;
}

double perSecond(std::int64_t batch, double milliseconds)
{
    return milliseconds > 0.0 ? static_cast<double>(batch) * 1e3 / milliseconds : 0.0;
}

void fillFromSamples(Record& record, const Samples& samples, const MeasureOptions& options)
{
    record.latency = summarise(samples.milliseconds, samples.wallSeconds);
    record.throughput = perSecond(record.configuration.batch, record.latency.median);
    record.throughputLow = perSecond(record.configuration.batch, record.latency.ciHigh);
    record.throughputHigh = perSecond(record.configuration.batch, record.latency.ciLow);
    record.pageFaults = static_cast<double>(samples.usage.minorFaults) /
                        static_cast<double>(std::max<std::int64_t>(1, samples.inferences));
    record.warmups = samples.warmups;
    record.stopReason = samples.stopReason;
    record.flags = judge(samples, record.latency, options, record.configuration.threads);
}

Result<void> fillPeakTensorBytes(Record& record, Network& network)
{
    return network.peakTensorBytes().map([&](std::int64_t bytes) { record.peakTensorBytes = bytes; });
}

/// The second count, from the operations that ran, and a flag where it is not the graph's.
Result<void> fillCounted(Record& record, Network& network, const Graph& graph)
{
    return network.countOperations().map([&](const OperationCount& count) {
        const CountCheck check = checkCounts(graph, count);
        record.macsCounted = check.ranMacs;
        if (!check.agrees)
            record.flags.push_back({"counts_disagree", check.sentence});
    });
}

void fillLayers(Record& record, const LayerPass& pass)
{
    record.layers = pass.layers;
    record.layersTotalMs = pass.totalMs;
    record.layersWholeMs = pass.plainMs;
    const std::vector<Flag> flags = judgeLayers(pass);
    record.flags.insert(record.flags.end(), flags.begin(), flags.end());
}

/// A measurement's parts, one after the other, on a network that is ready.
class Measurement {
public:
    Measurement(Network& network, const LoadedModel& model, const MeasureOptions& options, const Probe& probe,
                const std::stop_token& stop, const ProgressSink& progress)
        : m_network(network), m_model(model), m_options(options), m_probe(probe), m_stop(stop), m_progress(progress)
    {
    }

    Result<void> fill(Record& record) const
    {
        const double samplesShare = m_options.layers ? 1.0 - kLayersShare : 1.0;
        MeasureOptions options = m_options;
        options.maxSeconds *= samplesShare;
        const auto samples =
            sample([this] { return m_network.run(); }, options, m_probe, m_stop, partOf(m_progress, 0.0, samplesShare));
        if (!samples)
            return tl::unexpected(samples.error());
        fillFromSamples(record, *samples, options);
        // A stop ends it here: the samples are enough to show, and more inferences would keep the user waiting.
        if (m_stop.stop_requested())
            return {};
        if (auto peak = fillPeakTensorBytes(record, m_network); !peak)
            return peak;
        if (auto counted = fillCounted(record, m_network, m_model.graph); !counted || !m_options.layers)
            return counted;
        return fillLayerTimes(record, samplesShare);
    }

private:
    Result<void> fillLayerTimes(Record& record, double begin) const
    {
        const auto pass =
            timeLayers(m_network, m_model.graph, record.configuration.batch, kLayersShare * m_options.maxSeconds,
                       m_probe, m_stop, partOf(m_progress, begin, 1.0));
        return pass.map([&](const LayerPass& done) { fillLayers(record, done); });
    }

    Network& m_network;
    const LoadedModel& m_model;
    const MeasureOptions& m_options;
    const Probe& m_probe;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
};

/// What the allocator keeps of a freed network would count as the next one's.
void returnFreedMemory()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/// Of a network that is compressed; what was published is of the one it was made from.
void describeCompression(Record& record, const LoadedModel& given, const LoadedModel& ran)
{
    record.scheme = schemeOf(ran);
    record.origin = given.quantization ? given.origin : given.name;
    record.fileBytes = given.quantization ? given.fileBytes : savedBytes(ran);
    record.parameterBytes = storedBytes(ran);
    record.top1.reset();
}

/// What the mode means for the record's reader.
void flagMode(Record& record, const LoadedModel& given, const LoadedModel& ran)
{
    const Mode mode = modeFromName(record.configuration.mode).value_or(Mode::Eager);
    const std::string& instructions = record.environment.instructionSets;
    if (const auto slow = slownessOf(mode, instructions))
        record.flags.push_back({"emulated", *slow});
    if (ran.pruning && !multipliesSparse(mode))
        record.flags.push_back({"masks_only", "Its masks change neither parameters nor MACs: zeros are stored and "
                                              "multiplied like any other number."});
    if (!ran.quantization)
        return;
    describeCompression(record, given, ran);
    if (!needsQuantization(mode))
        return;
    if (!given.quantization)
        record.flags.push_back({"calibrated_on_noise", "It was quantized for this measurement on random inputs: its "
                                                       "speed is that of int8, of its accuracy nothing is known."});
    if (const auto saturates = saturationOf(*ran.quantization, instructions))
        record.flags.push_back({"saturates", *saturates});
}

Result<Record> measureUnguarded(Backend& backend, const LoadedModel& model, const Configuration& configuration,
                                const MeasureOptions& options, const Probe& probe, const std::stop_token& stop,
                                const ProgressSink& progress)
{
    if (auto sound = checkOptions(options); !sound)
        return tl::unexpected(sound.error());
    Record record = describeModel(model, configuration);
    record.environment = currentEnvironment(backend.info());
    machine::resetPeakResident();
    if (progress)
        progress({0.0, fmt::format("preparing {}", model.name)});
    const auto ready = runnable(backend, model, configuration);
    if (!ready)
        return tl::unexpected(ready.error());
    auto network = prepareNetwork(backend, *ready, configuration);
    if (!network)
        return tl::unexpected(network.error());
    if (auto done = Measurement(**network, *ready, options, probe, stop, progress).fill(record); !done)
        return tl::unexpected(done.error());
    record.peakResidentBytes = machine::peakResidentBytes();
    flagMode(record, model, *ready);
    return record;
}

} // namespace

Result<void> checkConfiguration(const Backend& backend, const Configuration& configuration)
{
    if (configuration.batch < 1)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("A batch of {} cannot be; it takes 1 or more.", configuration.batch));
    if (configuration.threads < 1 || configuration.threads > mostThreads())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} threads cannot be; here it takes 1 to {}.", configuration.threads, mostThreads()));
    const std::vector<std::string> devices = backend.info().devices;
    if (std::find(devices.begin(), devices.end(), configuration.device) == devices.end())
        return fail(ErrorCode::Unsupported, fmt::format("This LibTorch has no device \"{}\"; it has {}.",
                                                        configuration.device, fmt::join(devices, ", ")));
    return {};
}

Result<LoadedModel> runnable(Backend& backend, const LoadedModel& model, const Configuration& configuration)
{
    if (auto sound = checkConfiguration(backend, configuration); !sound)
        return tl::unexpected(sound.error());
    const Result<Mode> mode = modeFromName(configuration.mode);
    if (!mode)
        return tl::unexpected(mode.error());
    if (configuration.device == "cpu")
        if (auto fits = checkMemory(model.graph, configuration.batch, availableMemoryBytes()); !fits)
            return tl::unexpected(fits.error());
    backend.setThreads(configuration.threads);
    return asRun(backend, model, *mode, kWeightSeed);
}

Result<std::unique_ptr<Network>> prepareNetwork(Backend& backend, const LoadedModel& model,
                                                const Configuration& configuration)
{
    if (auto sound = checkConfiguration(backend, configuration); !sound)
        return tl::unexpected(sound.error());
    const Result<Mode> mode = modeFromName(configuration.mode);
    if (!mode)
        return tl::unexpected(mode.error());
    backend.setThreads(configuration.threads);
    auto network = backend.prepare(model.graph, model.weights, *mode, configuration.device,
                                   model.quantization ? &*model.quantization : nullptr);
    if (!network)
        return network;
    if (auto ready = (*network)->setBatch(configuration.batch); !ready)
        return tl::unexpected(ready.error());
    return network;
}

Result<Record> measureModel(Backend& backend, const LoadedModel& model, const Configuration& configuration,
                            const MeasureOptions& options, const Probe& probe, std::stop_token stop,
                            const ProgressSink& progress)
{
    const auto record = guarded(describe(configuration), [&] {
        return measureUnguarded(backend, model, configuration, options, probe, stop, progress);
    });
    returnFreedMemory();
    return record;
}

Result<Record> measureConfiguration(Backend& backend, const Configuration& configuration, const MeasureOptions& options,
                                    std::stop_token stop, const ProgressSink& progress)
{
    const auto model =
        guarded(describe(configuration), [&] { return loadModel(configuration.model, configuration.input); });
    if (!model)
        return tl::unexpected(model.error());
    return measureModel(backend, *model, configuration, options, systemProbe(), stop, progress);
}

} // namespace lathe
