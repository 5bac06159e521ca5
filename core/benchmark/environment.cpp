#include "core/benchmark/environment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <thread>

#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/base/version.h"
#include "core/benchmark/machine.h"

namespace lathe {

namespace {

/// "Linux 6.1.0, Debian GNU/Linux 12 (bookworm)".
std::string systemName()
{
    utsname kernel{};
    uname(&kernel);
    std::string distribution = machine::distribution(machine::textOf("/etc/os-release"));
    if (distribution.empty())
        distribution = machine::distribution(machine::textOf("/usr/lib/os-release"));
    return fmt::format("{} {}{}{}", kernel.sysname, kernel.release, distribution.empty() ? "" : ", ", distribution);
}

double totalMemoryGiB()
{
    std::int64_t bytes = machine::memoryFigure(machine::textOf("/proc/meminfo"), "MemTotal").value_or(0);
    if (const auto group = machine::memoryLimit())
        bytes = std::min(bytes, group->limit);
    return static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0);
}

double oneMinuteLoad()
{
    std::array<double, 1> load{};
    return getloadavg(load.data(), 1) == 1 ? load[0] : 0.0;
}

/// /proc/cpuinfo has no clocks on ARM; the governor's figures are in kHz.
double scalingClockMHz(const std::vector<int>& cores)
{
    double sum = 0.0;
    for (const int core : cores)
        sum += std::strtod(
            machine::wordOf(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", core)).c_str(),
            nullptr);
    return cores.empty() ? 0.0 : sum / 1000.0 / static_cast<double>(cores.size());
}

std::string governor(const std::vector<int>& cores)
{
    if (cores.empty())
        return {};
    return machine::wordOf(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", cores.front()));
}

} // namespace

Environment currentEnvironment(const BackendInfo& backend)
{
    const std::vector<int> cores = machine::allowedCores();
    const machine::Cpu cpu = machine::cpuFromText(machine::textOf("/proc/cpuinfo"), cores);
    Environment environment;
    environment.host = machine::hostName();
    environment.cpu = cpu.model;
    environment.instructionSets = cpu.instructionSets;
    environment.logicalCores = usableCores();
    environment.physicalCores = std::min(cpu.physicalCores, environment.logicalCores);
    environment.memoryGiB = totalMemoryGiB();
    environment.system = systemName();
    environment.library = backend.library;
    environment.capability = backend.capability;
    environment.kernels = backend.kernels;
    environment.latheVersion = versionWithRevision();
    environment.loadAverage = oneMinuteLoad();
    environment.clockMHz = cpu.clockMHz > 0.0 ? cpu.clockMHz : scalingClockMHz(cores);
    environment.governor = governor(cores);
    return environment;
}

std::string currentInstructionSets()
{
    return machine::cpuFromText(machine::textOf("/proc/cpuinfo"), machine::allowedCores()).instructionSets;
}

int mostThreads()
{
    constexpr int kFewest = 64;
    return std::max(kFewest, 4 * usableCores());
}

int usableCores()
{
    int cores = static_cast<int>(machine::allowedCores().size());
    if (cores == 0)
        cores = static_cast<int>(std::thread::hardware_concurrency());
    // A quota of 1.5 cores keeps two threads busy, if not all the time.
    if (const auto quota = machine::cpuQuota())
        cores = std::min(cores, static_cast<int>(std::ceil(*quota)));
    return std::max(cores, 1);
}

std::int64_t availableMemoryBytes()
{
    std::int64_t bytes = machine::memoryFigure(machine::textOf("/proc/meminfo"), "MemAvailable").value_or(0);
    if (const auto group = machine::memoryLimit())
        bytes = std::min(bytes, group->limit - group->used);
    return std::max<std::int64_t>(bytes, 0);
}

} // namespace lathe
