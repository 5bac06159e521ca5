#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What Linux tells about this machine. `root` is where /proc, /sys and /etc lie; tests put a folder of their own.
namespace lathe::machine {

struct Cpu {
    std::string model;           ///< "Intel(R) Xeon(R) ..."; empty: unknown
    std::string instructionSets; ///< see `instructionSets`
    int physicalCores = 0;       ///< among the given logical ones
    double clockMHz = 0.0;       ///< mean of the given cores; 0: unknown
};

/// From the text of /proc/cpuinfo, for the logical cores `allowed` (all if empty).
Cpu cpuFromText(const std::string& cpuinfo, const std::vector<int>& allowed);

/// Those of a cpuinfo "flags" (or, on ARM, "Features") line that matter to neural networks, in a fixed order:
/// "AVX2 FMA AVX-512 VNNI".
std::string instructionSets(const std::string& flags);

/// How many float32 values the widest vectors of these (as `instructionSets` names them) hold, and the set that has
/// them: 16 and "AVX-512", 8 and "AVX2", 4 and "NEON"; 1 and "" where none is known.
struct VectorWidth {
    int floats = 1;
    std::string_view set;
};
VectorWidth vectorWidth(const std::string& instructionSets);

/// A figure of /proc/meminfo ("MemAvailable") in bytes.
std::optional<std::int64_t> memoryFigure(const std::string& meminfo, const std::string& name);

/// PRETTY_NAME of /etc/os-release; empty if there is none.
std::string distribution(const std::string& osRelease);

/// Limits that control groups set, of version 1 or 2, on the group of this process and those above it.
std::optional<double> cpuQuota(const std::filesystem::path& root = "/"); ///< cores' worth of time

struct MemoryLimit {
    std::int64_t limit = 0; ///< bytes
    std::int64_t used = 0;  ///< of them, page cache that can be dropped not counted
};
std::optional<MemoryLimit> memoryLimit(const std::filesystem::path& root = "/"); ///< the one with the least left

/// Numbers of the logical cores this process may be scheduled on.
std::vector<int> allowedCores();

/// The most memory this process held at once since the last reset (VmHWM), bytes; 0: unknown.
std::int64_t peakResidentBytes();

/// Starts it anew at what is held now; without the right to, the peak is since the start of the process.
void resetPeakResident();

std::string hostName();

/// The whole of a small file of /proc or /sys; empty if it cannot be read.
std::string textOf(const std::filesystem::path& path);

/// First word of a small file.
std::string wordOf(const std::filesystem::path& path);

} // namespace lathe::machine
