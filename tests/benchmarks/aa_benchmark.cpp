/// Does the protocol keep its word? A network is compared with itself, and measured again and again, first on the
/// machine as it is and then beside a busy loop pinned to one core. Printed are the share of comparisons that claim
/// a difference (target: at most 5 %) and of records whose interval holds the long-run median (at least 90 %).
///
///     aa_benchmark [--model M] [--batch N] [--threads T] [--repeats R] [--seconds S] [--record-seconds S]
///     aa_benchmark --simulate [--repeats R]       on made-up noise, without LibTorch

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <stop_token>
#include <thread>

#include <sched.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/base/process.h"
#include "core/base/statistics.h"
#include "core/benchmark/compare.h"
#include "core/benchmark/judge.h"
#include "core/benchmark/machine.h"
#include "tests/support/fake_backend.h"
#include "tests/support/noise.h"

using namespace lathe;

namespace {

struct Arguments {
    std::string model = "mobilenet_v2";
    std::string mode = "eager";
    std::int64_t batch = 1;
    int threads = 1;
    int repeats = 100;
    double seconds = 3.0;
    double recordSeconds = MeasureOptions{}.maxSeconds;
    bool simulate = false;
    bool verbose = false;
    std::optional<int> busyCore;
};

/// What a phase has seen: verdicts, and the medians and intervals of single records.
struct Tally {
    int differs = 0;
    std::vector<double> halfWidths; ///< of the ratios' intervals
    std::vector<Latency> records;
    std::map<std::string, int> flags; ///< records with each

    void add(const Comparison& comparison)
    {
        differs += comparison.verdict != Verdict::NoDifferenceShown;
        halfWidths.push_back((comparison.ciHigh - comparison.ciLow) / 2.0);
    }
    void add(const Latency& latency, const std::vector<Flag>& found)
    {
        records.push_back(latency);
        for (const Flag& flag : found)
            ++flags[flag.code];
    }
};

/// Each record counts alike, however many samples it took.
double longRunMedian(const std::vector<Latency>& records)
{
    std::vector<double> medians;
    for (const Latency& record : records)
        medians.push_back(record.median);
    return stats::median(medians);
}

int holding(const std::vector<Latency>& records, double longRun)
{
    return static_cast<int>(std::count_if(records.begin(), records.end(), [&](const Latency& record) {
        return record.ciLow <= longRun && longRun <= record.ciHigh;
    }));
}

double percent(int part, std::size_t whole)
{
    return whole == 0 ? 0.0 : 100.0 * part / static_cast<double>(whole);
}

double medianHalfWidth(const std::vector<Latency>& records)
{
    std::vector<double> widths;
    for (const Latency& record : records)
        widths.push_back((record.ciHigh - record.ciLow) / 2.0 / record.median);
    return 100.0 * stats::median(widths);
}

/// "contention 98 %, drift 3 %".
std::string flagShares(const Tally& tally)
{
    std::string shares;
    for (const auto& [code, count] : tally.flags)
        shares += fmt::format("{}{} {:.0f} %", shares.empty() ? "" : ", ", code, percent(count, tally.records.size()));
    return shares.empty() ? "none" : shares;
}

void print(const std::string& phase, const Tally& tally, std::optional<double> longRun)
{
    fmt::print("{:<14} false \"differs\" {:.1f} % of {} comparisons (ratio known to ±{:.2f} %); ", phase,
               percent(tally.differs, tally.halfWidths.size()), tally.halfWidths.size(),
               100.0 * stats::median(tally.halfWidths));
    if (longRun)
        fmt::print("interval holds the long-run median, {:.4g} ms, in {:.1f} % of {} records (±{:.2f} %); ", *longRun,
                   percent(holding(tally.records, *longRun), tally.records.size()), tally.records.size(),
                   medianHalfWidth(tally.records));
    fmt::print("flags: {}\n", flagShares(tally));
    std::fflush(stdout);
}

[[noreturn]] void spin(int core)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof set, &set);
    for (volatile unsigned count = 0;;)
        count = count + 1;
}

/// A child that keeps one core busy as long as this lives.
class BusyLoop {
public:
    explicit BusyLoop(int core)
        : m_thread([core](std::stop_token stop) {
              const auto ended = runProcess({"/proc/self/exe", "--busy-loop", std::to_string(core)}, stop);
              if (ended)
                  fmt::print(stderr, "The busy loop ended early: {}\n", ended->errors);
          })
    {
    }

private:
    std::jthread m_thread;
};

Result<void> repeatOnce(Backend& backend, const Arguments& arguments, const Configuration& configuration, int repeat,
                        Tally& tally)
{
    CompareOptions compareOptions;
    compareOptions.maxSeconds = arguments.seconds;
    compareOptions.seed = static_cast<std::uint64_t>(repeat) + 1;
    const auto comparison = compareConfigurations(backend, configuration, configuration, compareOptions, {}, {});
    if (!comparison)
        return tl::unexpected(comparison.error());
    tally.add(*comparison);
    const auto record = measureConfiguration(backend, configuration, {.maxSeconds = arguments.recordSeconds}, {}, {});
    if (!record)
        return tl::unexpected(record.error());
    tally.add(record->latency, record->flags);
    if (arguments.verbose)
        fmt::print(stderr, "{:3} pairs {} ratio {:.4f} [{:.4f}, {:.4f}]  record {:.4g} ms [{:.4g}, {:.4g}] {}\n",
                   repeat, comparison->aMilliseconds.size(), comparison->ratio, comparison->ciLow, comparison->ciHigh,
                   record->latency.median, record->latency.ciLow, record->latency.ciHigh, record->stopReason);
    return {};
}

Result<void> runPhase(const std::string& name, Backend& backend, const Arguments& arguments)
{
    const Configuration configuration{arguments.model, arguments.mode, arguments.batch, arguments.threads, {}, "cpu"};
    Tally tally;
    for (int repeat = 0; repeat < arguments.repeats; ++repeat)
        if (auto done = repeatOnce(backend, arguments, configuration, repeat, tally); !done)
            return done;
    print(name, tally, longRunMedian(tally.records));
    return {};
}

Result<void> runOnThisMachine(const Arguments& arguments)
{
    const auto backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    if (auto done = runPhase("as it is", **backend, arguments); !done)
        return done;
    const std::vector<int> cores = machine::allowedCores();
    const BusyLoop busy(cores.empty() ? 0 : cores.front());
    return runPhase("one core busy", **backend, arguments);
}

/// One comparison and one record on a machine of the given noise.
Result<void> simulateOnce(const test::NoiseModel& model, std::uint64_t seed, Tally& tally)
{
    test::FakeMachine machine;
    const test::Noise noise = model.make(seed + 1);
    const auto inference = [&]() -> Result<void> {
        machine.pass(noise());
        return {};
    };
    CompareOptions options;
    options.maxSeconds = 3.0;
    options.seed = seed + 1;
    const auto comparison = compareInterleaved("A", inference, "B", inference, options, machine.probe(), {}, {});
    if (!comparison)
        return tl::unexpected(comparison.error());
    tally.add(*comparison);
    return sample(inference, {}, machine.probe(), {}, {}).map([&](const Samples& samples) {
        const Latency latency = summarise(samples.milliseconds, samples.wallSeconds);
        tally.add(latency, judge(samples, latency, {}, 1, 1));
    });
}

/// The long run of a model, from one long series of it; none for one that changes for ever.
std::optional<double> simulatedMedian(const test::NoiseModel& model)
{
    if (!model.hasLongRun)
        return std::nullopt;
    const test::Noise noise = model.make(0);
    std::vector<double> milliseconds;
    for (int i = 0; i < 400000; ++i)
        milliseconds.push_back(noise() * 1e3);
    return stats::median(milliseconds);
}

Result<void> simulate(const Arguments& arguments)
{
    for (const test::NoiseModel& model : test::noiseModels()) {
        Tally tally;
        for (int repeat = 0; repeat < arguments.repeats; ++repeat)
            if (auto done = simulateOnce(model, static_cast<std::uint64_t>(repeat), tally); !done)
                return done;
        print(model.name, tally, simulatedMedian(model));
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    Arguments arguments;
    CLI::App app{"Compares a network with itself, quiet and under load."};
    app.add_option("--model", arguments.model, "architecture or model file")->capture_default_str();
    app.add_option("--mode", arguments.mode, "how it is run")->capture_default_str();
    app.add_option("--batch", arguments.batch)->capture_default_str();
    app.add_option("--threads", arguments.threads)->capture_default_str();
    app.add_option("--repeats", arguments.repeats, "comparisons and records of each phase")->capture_default_str();
    app.add_option("--seconds", arguments.seconds, "of each comparison")->capture_default_str();
    app.add_option("--record-seconds", arguments.recordSeconds, "of each record")->capture_default_str();
    app.add_flag("--simulate", arguments.simulate, "made-up noise instead of a network");
    app.add_flag("--verbose", arguments.verbose, "a line for each repeat on standard error");
    app.add_option("--busy-loop", arguments.busyCore, "keep this core busy for ever (what the child does)");
    CLI11_PARSE(app, argc, argv);
    if (arguments.busyCore)
        spin(*arguments.busyCore);
    const auto done = arguments.simulate ? simulate(arguments) : runOnThisMachine(arguments);
    if (!done)
        fmt::print(stderr, "{}\n", done.error().message);
    return done ? 0 : 1;
}
