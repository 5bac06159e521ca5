#include "core/benchmark/caches.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "core/benchmark/machine.h"

namespace lathe::machine {

namespace {

namespace fs = std::filesystem;

constexpr int kMostCores = 1 << 16; ///< a list is the kernel's, but a damaged one must not fill the memory

std::optional<int> takeNumber(std::string_view& text)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > kMostCores)
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool takeSign(std::string_view& text, char sign)
{
    if (!text.starts_with(sign))
        return false;
    text.remove_prefix(1);
    return true;
}

/// "48K", "266240K", "32M".
std::int64_t bytesOf(const std::string& size)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), number);
    if (error != std::errc() || number < 0)
        return 0;
    const std::string_view unit(end, static_cast<std::size_t>(size.data() + size.size() - end));
    return number << (unit == "K" ? 10 : unit == "M" ? 20 : 0);
}

int countShared(const std::vector<int>& sharers, const std::vector<int>& cores)
{
    return static_cast<int>(std::count_if(cores.begin(), cores.end(), [&](int core) {
        return std::find(sharers.begin(), sharers.end(), core) != sharers.end();
    }));
}

std::optional<Cache> cacheIn(const fs::path& folder, const std::vector<int>& cores)
{
    const std::string type = wordOf(folder / "type");
    const std::int64_t bytes = bytesOf(wordOf(folder / "size"));
    const auto levels = coresFromList(wordOf(folder / "level"));
    if ((type != "Data" && type != "Unified") || bytes <= 0 || levels.empty())
        return std::nullopt;
    const int sharing = std::max(countShared(coresFromList(wordOf(folder / "shared_cpu_list")), cores), 1);
    return Cache{levels.front(), bytes, sharing, (static_cast<int>(cores.size()) + sharing - 1) / sharing};
}

} // namespace

std::vector<int> coresFromList(const std::string& list)
{
    std::vector<int> cores;
    std::string_view rest = list;
    do {
        const auto first = takeNumber(rest);
        if (!first)
            break;
        const auto last = takeSign(rest, '-') ? takeNumber(rest) : first;
        for (int core = *first; core <= last.value_or(-1); ++core)
            cores.push_back(core);
    } while (takeSign(rest, ','));
    return cores;
}

std::vector<Cache> caches(const std::vector<int>& cores, const fs::path& root)
{
    std::vector<Cache> found;
    if (cores.empty())
        return found;
    const fs::path folder = root / fmt::format("sys/devices/system/cpu/cpu{}/cache", cores.front());
    for (int index = 0; fs::exists(folder / fmt::format("index{}", index)); ++index)
        if (const auto cache = cacheIn(folder / fmt::format("index{}", index), cores))
            found.push_back(*cache);
    std::sort(found.begin(), found.end(), [](const Cache& a, const Cache& b) { return a.level < b.level; });
    return found;
}

} // namespace lathe::machine
