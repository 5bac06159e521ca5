#include "core/benchmark/probe.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/benchmark/environment.h"
#include "core/benchmark/machine.h"

namespace lathe {

namespace {

struct CoreTimes {
    double busySeconds = 0.0;
    double stolenSeconds = 0.0;
};

/// "cpu0 user nice system idle iowait irq softirq steal ..." of the given cores, in clock ticks.
CoreTimes coreTimes(const std::vector<int>& cores)
{
    const double tick = 1.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
    CoreTimes sum;
    std::istringstream lines(machine::textOf("/proc/stat"));
    for (std::string line; std::getline(lines, line) && line.starts_with("cpu");) {
        std::istringstream words(line.substr(3));
        int core = -1;
        double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, softInterrupts = 0, stolen = 0;
        words >> core >> user >> nice >> system >> idle >> waiting >> interrupts >> softInterrupts >> stolen;
        if (line.starts_with("cpu ") || std::find(cores.begin(), cores.end(), core) == cores.end())
            continue;
        sum.busySeconds += (user + nice + system + interrupts + softInterrupts) * tick;
        sum.stolenSeconds += stolen * tick;
    }
    return sum;
}

/// Second figure of each thread's schedstat: nanoseconds on a run queue. Not every kernel counts them.
double waitedSeconds()
{
    double nanoseconds = 0.0;
    std::error_code error;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", error)) {
        std::istringstream text(machine::textOf(thread.path() / "schedstat"));
        double running = 0.0;
        double waiting = 0.0;
        if (text >> running >> waiting)
            nanoseconds += waiting;
    }
    return nanoseconds * 1e-9;
}

double secondsOf(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

Probe::Usage currentUsage(const std::vector<int>& cores, double share)
{
    rusage own{};
    getrusage(RUSAGE_SELF, &own);
    const CoreTimes times = coreTimes(cores);
    Probe::Usage usage;
    usage.cpuSeconds = secondsOf(own.ru_utime) + secondsOf(own.ru_stime);
    usage.involuntarySwitches = own.ru_nivcsw;
    usage.minorFaults = own.ru_minflt;
    usage.stolenSeconds = times.stolenSeconds * share;
    usage.othersSeconds = (times.busySeconds - usage.cpuSeconds) * share;
    usage.waitedSeconds = waitedSeconds();
    return usage;
}

} // namespace

Probe systemProbe()
{
    const std::vector<int> cores = machine::allowedCores();
    // A quota lets this process use part of the cores it sees: that part of what others do there concerns it.
    const double share = cores.empty() ? 1.0 : static_cast<double>(usableCores()) / static_cast<double>(cores.size());
    const auto seconds = [] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    };
    return {seconds, [cores, share] { return currentUsage(cores, share); }};
}

Probe::Usage difference(const Probe::Usage& end, const Probe::Usage& start)
{
    Probe::Usage usage;
    usage.cpuSeconds = std::max(0.0, end.cpuSeconds - start.cpuSeconds);
    usage.involuntarySwitches = std::max<std::int64_t>(0, end.involuntarySwitches - start.involuntarySwitches);
    usage.minorFaults = std::max<std::int64_t>(0, end.minorFaults - start.minorFaults);
    usage.stolenSeconds = std::max(0.0, end.stolenSeconds - start.stolenSeconds);
    usage.othersSeconds = std::max(0.0, end.othersSeconds - start.othersSeconds);
    usage.waitedSeconds = std::max(0.0, end.waitedSeconds - start.waitedSeconds);
    return usage;
}

} // namespace lathe
