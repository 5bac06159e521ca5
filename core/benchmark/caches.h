#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lathe::machine {

/// The caches of one level that hold data.
struct Cache {
    int level = 0;          ///< 1, 2, ...
    std::int64_t bytes = 0; ///< of one of them
    int sharing = 1;        ///< of the given cores, those that share one
    int instances = 1;      ///< of them beside the given cores

    bool operator==(const Cache&) const = default;
};

/// Those beside the given logical cores, from the smallest level on, as /sys tells of the first core; empty where it
/// tells nothing (some virtual machines and ARM boards). `root` is where /sys lies.
std::vector<Cache> caches(const std::vector<int>& cores, const std::filesystem::path& root = "/");

/// The numbers of a kernel's list of cores: "0-2,5" -> 0, 1, 2, 5; up to the first thing that is none.
std::vector<int> coresFromList(const std::string& list);

} // namespace lathe::machine
