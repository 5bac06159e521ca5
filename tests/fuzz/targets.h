#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lathe::fuzz {

/// A reader and sound files for it to be damaged.
struct Target {
    std::string name;
    std::function<Result<std::vector<std::string>>()> seeds; ///< an error where the target cannot run here
    std::function<void(const std::string& bytes)> read;      ///< whatever it makes of them
    /// Heap that reading may take at once, in multiples of the file, beside a constant for all: nothing that a file
    /// claims may make it larger.
    double mostBytesAByte = 0.0;
    bool isSlow = false; ///< a process for each file: run by name alone
};

const std::vector<Target>& targets();

/// Readers that fail on purpose, so that a run without failures means something. Run by name alone.
const std::vector<Target>& controls();

} // namespace lathe::fuzz
