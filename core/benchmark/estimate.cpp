#include "core/benchmark/estimate.h"

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "core/base/statistics.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/machine.h"
#include "core/formats/model_file.h"

namespace lathe {

namespace {

// Until something was measured here: a middling x86 core of the last ten years on a middling network in float32,
// about a third of what AVX2 could do.
constexpr double kMacsPerCoreSecond = 15e9;
constexpr double kOverheadSeconds = 0.0005; ///< an inference takes even if it computes nothing

constexpr double kInferences = 40.0;      ///< warm-up and samples that a quiet machine needs
constexpr double kLeastShare = 0.25;      ///< of the time limit, that warm-up and samples cover at least
constexpr double kLayerInferences = 60.0; ///< thirty pairs
constexpr double kPrepareSeconds = 0.5;
constexpr double kProcessSeconds = 1.5; ///< start of a process and of LibTorch in it

double inferenceSeconds(std::int64_t macs, const Configuration& configuration, double macsPerCoreSecond)
{
    const int cores = std::clamp(configuration.threads, 1, usableCores());
    const double work = static_cast<double>(macs) * static_cast<double>(configuration.batch);
    return kOverheadSeconds + work / (macsPerCoreSecond * cores);
}

double achievedRate(const Record& record)
{
    const Configuration& c = record.configuration;
    const double work = static_cast<double>(record.macs) * static_cast<double>(c.batch);
    return work * 1000.0 / (record.latency.median * std::max(c.threads, 1));
}

/// Of records of this machine that computed long enough for overheads not to matter.
bool tellsARate(const Record& record, const std::string& host)
{
    return record.environment.host == host && record.configuration.device == "cpu" && record.macs > 0 &&
           record.latency.median > 10.0 * kOverheadSeconds * 1000.0;
}

/// The time limit bounds each part, but for the inference at work when it passes.
double configurationSeconds(double inference, const Setup& setup)
{
    const double sampling = std::clamp(kInferences * inference, kLeastShare * setup.maxSeconds, setup.maxSeconds);
    const double layers = setup.layers ? std::min(kLayerInferences * inference, setup.maxSeconds / 4.0) : 0.0;
    return std::min(sampling + layers, setup.maxSeconds) + 3.0 * inference + kPrepareSeconds +
           (setup.isolate ? kProcessSeconds : 0.0);
}

} // namespace

double typicalRate(const std::vector<Record>& measured)
{
    const std::string host = machine::hostName();
    std::vector<double> rates;
    for (const Record& record : measured)
        if (tellsARate(record, host))
            rates.push_back(achievedRate(record));
    return rates.empty() ? kMacsPerCoreSecond : stats::median(std::move(rates));
}

Result<Graph> graphOf(const Configuration& configuration)
{
    if (findArchitecture(configuration.model))
        return buildArchitecture(configuration.model, {configuration.input, 0});
    return loadModel(configuration.model, configuration.input).map([](LoadedModel loaded) { return loaded.graph; });
}

double estimateSeconds(const Configuration& configuration, std::int64_t macs, const Setup& setup,
                       double macsPerCoreSecond)
{
    return configurationSeconds(inferenceSeconds(macs, configuration, macsPerCoreSecond), setup);
}

} // namespace lathe
