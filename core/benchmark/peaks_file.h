#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/benchmark/peaks.h"

/// Peaks are measured once and kept in the user's cache folder, a file for each number of threads.
namespace lathe {

/// $XDG_CACHE_HOME/lathe/peaks-<threads>.json, below ~/.cache where that is not set to an absolute path; none without
/// a home.
std::optional<std::filesystem::path> peaksFile(int threads);

/// `{"format", "time", "threads", "environment", "peaks": {"fp32", "bf16", "int8"}, "vectors", "bandwidth": [{"level",
/// "bytes", "instances", "read", "write", "copy"}], "notes"}`; operations and bytes a second.
std::string peaksToJson(const Peaks& peaks);

/// BadFile, with half a sentence that says why, where the text is of another format or lacks a figure.
Result<Peaks> peaksFromJson(const std::string& text);

/// Those of the file if they were measured with this environment's software on this machine. NotFound where there is
/// no file; else a sentence that says why it cannot be used.
Result<Peaks> readPeaks(const std::filesystem::path& file, int threads, const Environment& environment);

struct KnownPeaks {
    Peaks peaks;
    bool measured = false;         ///< now, rather than read
    std::vector<std::string> said; ///< sentences: why the file was not used, why none could be written
};

/// From the file where it is of use, or else measured and written there. `remeasure` does not look into it. A file
/// that cannot be written is no failure.
Result<KnownPeaks> peaksOf(Backend& backend, const CalibrationOptions& options,
                           const std::optional<std::filesystem::path>& file, bool remeasure, std::stop_token stop,
                           const ProgressSink& progress);

} // namespace lathe
