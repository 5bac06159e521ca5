#include "core/benchmark/machine.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include <sched.h>
#include <unistd.h>

namespace lathe::machine {

namespace {

struct InstructionSet {
    std::string_view name;
    std::vector<std::string_view> flags; ///< any of these
};

const std::vector<InstructionSet>& knownInstructionSets()
{
    static const std::vector<InstructionSet> sets{
        {"SSE4.2", {"sse4_2"}},
        {"AVX", {"avx"}},
        {"AVX2", {"avx2"}},
        {"FMA", {"fma"}},
        {"AVX-512", {"avx512f"}},
        {"VNNI", {"avx512_vnni", "avx_vnni"}},
        {"BF16", {"avx512_bf16", "bf16"}},
        {"FP16", {"avx512_fp16", "asimdhp"}},
        {"AMX", {"amx_tile"}},
        {"NEON", {"asimd", "neon"}},
        {"SVE", {"sve"}},
        {"I8MM", {"i8mm"}},
    };
    return sets;
}

std::string trimmed(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// "key : value".
std::pair<std::string, std::string> entryOf(const std::string& line)
{
    const auto colon = line.find(':');
    if (colon == std::string::npos)
        return {};
    return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
}

/// What /proc/cpuinfo says of one logical core.
struct CpuBlock {
    int processor = -1;
    std::string model;
    std::string flags;
    std::string package;
    std::string core;
    double clockMHz = 0.0;
};

double numberOf(const std::string& text)
{
    double number = 0.0;
    std::istringstream(text) >> number;
    return number;
}

void readEntry(CpuBlock& block, const std::string& key, const std::string& value)
{
    if (key == "processor")
        block.processor = static_cast<int>(numberOf(value));
    else if (key == "model name")
        block.model = value;
    else if (key == "flags" || key == "Features")
        block.flags = value;
    else if (key == "physical id")
        block.package = value;
    else if (key == "core id")
        block.core = value;
    else if (key == "cpu MHz")
        block.clockMHz = numberOf(value);
}

std::vector<CpuBlock> cpuBlocks(const std::string& cpuinfo)
{
    std::vector<CpuBlock> blocks;
    CpuBlock block;
    std::istringstream lines(cpuinfo + "\n\n");
    for (std::string line; std::getline(lines, line);) {
        const auto [key, value] = entryOf(line);
        readEntry(block, key, value);
        if (line.empty() && block.processor >= 0)
            blocks.push_back(std::exchange(block, CpuBlock{}));
    }
    return blocks;
}

/// Cores without an id (ARM, some hypervisors) count one each.
int physicalCores(const std::vector<CpuBlock>& blocks)
{
    std::set<std::pair<std::string, std::string>> cores;
    for (const CpuBlock& block : blocks)
        cores.emplace(block.package, block.core.empty() ? "processor " + std::to_string(block.processor) : block.core);
    return static_cast<int>(cores.size());
}

double meanClock(const std::vector<CpuBlock>& blocks)
{
    double sum = 0.0;
    for (const CpuBlock& block : blocks)
        sum += block.clockMHz;
    return blocks.empty() ? 0.0 : sum / static_cast<double>(blocks.size());
}

} // namespace

Cpu cpuFromText(const std::string& cpuinfo, const std::vector<int>& allowed)
{
    std::vector<CpuBlock> blocks = cpuBlocks(cpuinfo);
    std::erase_if(blocks, [&](const CpuBlock& block) {
        return !allowed.empty() && std::find(allowed.begin(), allowed.end(), block.processor) == allowed.end();
    });
    if (blocks.empty())
        return {};
    return {blocks.front().model, instructionSets(blocks.front().flags), physicalCores(blocks), meanClock(blocks)};
}

VectorWidth vectorWidth(const std::string& instructionSets)
{
    constexpr VectorWidth kWidths[] = {{16, "AVX-512"}, {8, "AVX2"}, {8, "AVX"}, {4, "SSE4.2"}, {4, "NEON"}};
    std::istringstream words(instructionSets);
    const std::vector<std::string> sets{std::istream_iterator<std::string>(words), {}};
    for (const VectorWidth& width : kWidths)
        if (std::find(sets.begin(), sets.end(), width.set) != sets.end())
            return width;
    return {};
}

std::string instructionSets(const std::string& flags)
{
    std::set<std::string, std::less<>> present;
    std::istringstream words(flags);
    for (std::string word; words >> word;)
        present.insert(word);
    std::string names;
    for (const InstructionSet& set : knownInstructionSets()) {
        const bool has =
            std::any_of(set.flags.begin(), set.flags.end(), [&](auto flag) { return present.contains(flag); });
        if (has)
            names.append(names.empty() ? "" : " ").append(set.name);
    }
    return names;
}

std::optional<std::int64_t> memoryFigure(const std::string& meminfo, const std::string& name)
{
    std::istringstream lines(meminfo);
    for (std::string line; std::getline(lines, line);) {
        const auto [key, value] = entryOf(line);
        if (key == name)
            return static_cast<std::int64_t>(numberOf(value)) * 1024;
    }
    return std::nullopt;
}

std::string distribution(const std::string& osRelease)
{
    constexpr std::string_view kKey = "PRETTY_NAME=";
    std::istringstream lines(osRelease);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(kKey))
            continue;
        std::string value = line.substr(kKey.size());
        std::erase(value, '"');
        return value;
    }
    return {};
}

std::vector<int> allowedCores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cores;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return cores;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &set))
            cores.push_back(core);
    return cores;
}

std::int64_t peakResidentBytes()
{
    return memoryFigure(textOf("/proc/self/status"), "VmHWM").value_or(0);
}

void resetPeakResident()
{
    std::ofstream("/proc/self/clear_refs") << "5";
}

std::string textOf(const std::filesystem::path& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string wordOf(const std::filesystem::path& path)
{
    std::string word;
    std::ifstream(path) >> word;
    return word;
}

std::string hostName()
{
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

} // namespace lathe::machine
