#include "core/benchmark/machine.h"

#include <algorithm>
#include <sstream>

namespace lathe::machine {

namespace {

namespace fs = std::filesystem;

/// The group of this process in one hierarchy, and where that hierarchy is mounted.
struct Group {
    fs::path mount;
    std::string path; ///< "/user.slice/..."
};

/// "4:memory:/a/b" has its controller in the middle; version 2 has the line "0::/a/b".
std::optional<std::string> groupPath(const std::string& table, const std::string& controller)
{
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (second == std::string::npos)
            continue;
        std::istringstream controllers(line.substr(first + 1, second - first - 1));
        std::string name;
        do {
            std::getline(controllers, name, ',');
            if (name == controller)
                return line.substr(second + 1);
        } while (controllers);
    }
    return std::nullopt;
}

/// Folders from the group up to its hierarchy's root: a limit on any of them holds. In a container the path may be
/// the host's and only the mount itself exist.
std::vector<fs::path> groupFolders(const Group& group)
{
    std::vector<fs::path> folders;
    for (fs::path path = fs::path(group.path).relative_path(); !path.empty(); path = path.parent_path())
        folders.push_back(group.mount / path);
    folders.push_back(group.mount);
    return folders;
}

std::vector<fs::path> foldersOf(const fs::path& root, const std::string& controller)
{
    const auto path = groupPath(textOf(root / "proc/self/cgroup"), controller);
    if (!path)
        return {};
    const fs::path mount = root / "sys/fs/cgroup" / controller;
    return groupFolders({mount, *path});
}

std::optional<std::int64_t> integerOf(const fs::path& path)
{
    std::int64_t number = 0;
    std::istringstream text(textOf(path));
    return text >> number ? std::optional(number) : std::nullopt; // "max" is no number
}

std::int64_t statistic(const fs::path& path, const std::string& name)
{
    std::istringstream words(textOf(path));
    std::string key;
    for (std::int64_t value = 0; words >> key >> value;)
        if (key == name)
            return value;
    return 0;
}

/// Names of the files, which differ between the versions.
struct MemoryFiles {
    const char* limit;
    const char* used;
    const char* inactive;
};

void keepTighter(std::optional<MemoryLimit>& best, const fs::path& folder, const MemoryFiles& files)
{
    const auto limit = integerOf(folder / files.limit);
    const auto used = integerOf(folder / files.used);
    if (!limit || !used)
        return;
    const std::int64_t cache = statistic(folder / "memory.stat", files.inactive);
    const MemoryLimit here{*limit, std::max<std::int64_t>(0, *used - cache)};
    if (!best || here.limit - here.used < best->limit - best->used)
        best = here;
}

void keepTighter(std::optional<double>& best, const std::optional<std::int64_t>& quota,
                 const std::optional<std::int64_t>& period)
{
    if (!quota || !period || *quota <= 0 || *period <= 0)
        return;
    const double cores = static_cast<double>(*quota) / static_cast<double>(*period);
    best = best ? std::min(*best, cores) : cores;
}

/// cpu.max holds "QUOTA PERIOD" or "max PERIOD".
void keepTighterOfVersion2(std::optional<double>& best, const fs::path& folder)
{
    std::istringstream text(textOf(folder / "cpu.max"));
    std::int64_t quota = 0;
    std::int64_t period = 0;
    if (text >> quota >> period)
        keepTighter(best, quota, period);
}

} // namespace

std::optional<double> cpuQuota(const fs::path& root)
{
    std::optional<double> cores;
    for (const fs::path& folder : foldersOf(root, ""))
        keepTighterOfVersion2(cores, folder);
    for (const fs::path& folder : foldersOf(root, "cpu"))
        keepTighter(cores, integerOf(folder / "cpu.cfs_quota_us"), integerOf(folder / "cpu.cfs_period_us"));
    return cores;
}

std::optional<MemoryLimit> memoryLimit(const fs::path& root)
{
    std::optional<MemoryLimit> tightest;
    for (const fs::path& folder : foldersOf(root, ""))
        keepTighter(tightest, folder, {"memory.max", "memory.current", "inactive_file"});
    for (const fs::path& folder : foldersOf(root, "memory"))
        keepTighter(tightest, folder, {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"});
    return tightest;
}

} // namespace lathe::machine
