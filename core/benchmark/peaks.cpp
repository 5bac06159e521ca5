#include "core/benchmark/peaks.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "core/base/time_now.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/instructions.h"
#include "core/benchmark/judge.h"
#include "core/benchmark/machine.h"
#include "core/benchmark/probe.h"
#include "core/benchmark/streams.h"

namespace lathe {

namespace {

constexpr double kBandwidthShare = 0.5; ///< of the time
constexpr std::array<int, 3> kEdges{512, 1024, 2048};

/// One matrix type, and where its figure goes.
struct Product {
    MatrixType type;
    std::string_view name;
    double Peaks::*figure;
};
constexpr std::array<Product, 3> kProducts{{{MatrixType::Float32, "fp32", &Peaks::fp32},
                                            {MatrixType::BFloat16, "bf16", &Peaks::bf16},
                                            {MatrixType::Int8, "int8", &Peaks::int8}}};

tl::unexpected<Error> stopped()
{
    return fail(ErrorCode::Cancelled, "The measurement of this machine was stopped.");
}

Result<void> checkOptions(const CalibrationOptions& options)
{
    const int cores = usableCores();
    if (options.threads < 1 || options.threads > cores)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("The roofs of {} threads cannot be measured on {} usable {}; take 1{}.",
                                options.threads, cores, cores == 1 ? "core" : "cores",
                                cores == 1 ? "" : fmt::format(" to {}", cores)));
    if (!(options.seconds > 0.0))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} s leave no time to measure this machine.", options.seconds));
    return {};
}

Result<void> measureMemory(Peaks& peaks, const std::vector<WorkingSet>& sets, double seconds,
                           const std::stop_token& stop, const ProgressSink& progress)
{
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (progress)
            progress({kBandwidthShare * static_cast<double>(i) / static_cast<double>(sets.size()),
                      fmt::format("measuring the bandwidth of {}", sets[i].level)});
        const double share = seconds / static_cast<double>(3 * sets.size()); // read, write and copy
        const Result<Bandwidth> level = measureBandwidth(sets[i], peaks.threads, share, stop);
        if (!level)
            return tl::unexpected(level.error());
        peaks.bandwidth.push_back(*level);
    }
    return {};
}

/// At most so long should one product of three shapes take, going by what smaller ones reached.
bool fits(int edge, double rate, double seconds)
{
    const double operations = 2.0 * std::pow(static_cast<double>(edge), 3);
    return rate <= 0.0 || operations / rate < seconds / 2.0;
}

Result<double> bestProduct(Backend& backend, MatrixType type, double seconds, const std::stop_token& stop)
{
    const double share = seconds / static_cast<double>(kEdges.size());
    double best = 0.0;
    for (const int edge : kEdges) {
        if (stop.stop_requested())
            return stopped();
        if (!fits(edge, best, share))
            break;
        const Result<double> rate = backend.matrixThroughput(type, edge, share);
        if (!rate)
            return rate;
        best = std::max(best, *rate);
    }
    return best;
}

Result<void> measureProducts(Backend& backend, Peaks& peaks, double seconds, const std::stop_token& stop,
                             const ProgressSink& progress)
{
    backend.setThreads(peaks.threads);
    for (std::size_t i = 0; i < kProducts.size(); ++i) {
        const double done = static_cast<double>(i) / static_cast<double>(kProducts.size());
        if (progress)
            progress({kBandwidthShare + (1.0 - kBandwidthShare) * done,
                      fmt::format("measuring {} matrix products", kProducts[i].name)});
        const double share = seconds / static_cast<double>(kProducts.size());
        const Result<double> best = bestProduct(backend, kProducts[i].type, share, stop);
        if (!best)
            return tl::unexpected(best.error());
        peaks.*kProducts[i].figure = *best;
    }
    return {};
}

/// Where memory's working set could not be made large enough, the caches help it.
std::vector<std::string> memoryNotes(const std::vector<WorkingSet>& sets, int threads)
{
    if (sets.size() < 2)
        return {"The system does not tell the sizes of this machine's caches, so that only memory's bandwidth was "
                "measured."};
    const WorkingSet& cache = sets[sets.size() - 2];
    if (sets.back().perThread * threads >= 2 * cache.bytes * cache.instances)
        return {};
    return {fmt::format("There was too little free memory to go far beyond the {} caches: memory's bandwidth is in "
                        "part theirs.",
                        cache.level)};
}

void append(std::vector<std::string>& notes, const std::vector<std::string>& more)
{
    notes.insert(notes.end(), more.begin(), more.end());
}

/// Bandwidth first: LibTorch's threads stay awake for a while after a product, and would take time from ours.
Result<void> measureAll(Backend& backend, Peaks& peaks, const std::vector<WorkingSet>& sets, double seconds,
                        const std::stop_token& stop, const ProgressSink& progress)
{
    const Probe probe = systemProbe();
    const double begin = probe.seconds();
    const Probe::Usage before = probe.usage();
    const auto done = measureMemory(peaks, sets, kBandwidthShare * seconds, stop, progress).and_then([&] {
        return measureProducts(backend, peaks, (1.0 - kBandwidthShare) * seconds, stop, progress);
    });
    for (const Flag& flag :
         judgeContention(difference(probe.usage(), before), probe.seconds() - begin, peaks.threads, usableCores()))
        peaks.notes.push_back(flag.text);
    return done;
}

} // namespace

Result<Peaks> measurePeaks(Backend& backend, const CalibrationOptions& options, std::stop_token stop,
                           const ProgressSink& progress)
{
    if (const auto sound = checkOptions(options); !sound)
        return tl::unexpected(sound.error());
    const std::vector<WorkingSet> sets = options.sets.empty() ? workingSets(machine::caches(machine::allowedCores()),
                                                                            options.threads, availableMemoryBytes())
                                                              : options.sets;
    Peaks peaks;
    peaks.environment = currentEnvironment(backend.info());
    peaks.time = timeNow();
    peaks.threads = options.threads;
    peaks.vectors = streams::vectors();
    peaks.notes = missingInstructions(peaks.environment.instructionSets);
    append(peaks.notes, memoryNotes(sets, options.threads));
    return measureAll(backend, peaks, sets, options.seconds, stop, progress).map([&] { return peaks; });
}

} // namespace lathe
