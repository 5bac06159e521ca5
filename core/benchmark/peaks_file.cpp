#include "core/benchmark/peaks_file.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/benchmark/environment.h"
#include "core/session/record_json_p.h"

namespace lathe {

using json::Json;
using json::Like;
using json::Problem;

template <class Archive, Like<Bandwidth> T> void fields(Archive& archive, T& bandwidth)
{
    archive("level", bandwidth.level);
    archive("bytes", bandwidth.bytes);
    archive("instances", bandwidth.instances);
    archive("read", bandwidth.read);
    archive("write", bandwidth.write);
    archive("copy", bandwidth.copy);
}

namespace {

constexpr int kFormat = 1;

/// The three figures are an object of their own in the file.
struct Products {
    double fp32 = 0.0;
    double bf16 = 0.0;
    double int8 = 0.0;
};

template <class Archive, Like<Products> T> void fields(Archive& archive, T& products)
{
    archive("fp32", products.fp32);
    archive("bf16", products.bf16);
    archive("int8", products.int8);
}

struct Document {
    int format = 0;
    Peaks peaks;
    Products products;
};

template <class Archive, Like<Document> T> void fields(Archive& archive, T& document)
{
    archive("format", document.format);
    archive("time", document.peaks.time);
    archive("threads", document.peaks.threads);
    archive("environment", document.peaks.environment);
    archive("peaks", document.products);
    archive("vectors", document.peaks.vectors);
    archive("bandwidth", document.peaks.bandwidth);
    archive("notes", document.peaks.notes);
}

bool isRate(double value)
{
    return std::isfinite(value) && value > 0.0;
}

bool isSound(const Bandwidth& level)
{
    return !level.level.empty() && level.bytes > 0 && level.instances > 0 && isRate(level.read) &&
           isRate(level.write) && isRate(level.copy);
}

bool isSound(const Peaks& peaks)
{
    return peaks.threads > 0 && isRate(peaks.fp32) && isRate(peaks.bf16) && isRate(peaks.int8) &&
           !peaks.bandwidth.empty() && peaks.bandwidth.back().level == "memory" &&
           std::all_of(peaks.bandwidth.begin(), peaks.bandwidth.end(),
                       [](const Bandwidth& level) { return isSound(level); });
}

std::filesystem::path folderOf(const char* variable)
{
    const char* value = std::getenv(variable);
    const std::filesystem::path path = value != nullptr ? value : "";
    return path.is_absolute() ? path : std::filesystem::path();
}

/// What is measured needs a place; that it has none is for people to know, not a failure.
Result<void> store(const Peaks& peaks, const std::filesystem::path& file)
{
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    if (error)
        return fail(ErrorCode::InputOutput,
                    fmt::format("{} could not be made: {}.", file.parent_path().string(), error.message()));
    return writeFileAtomically(file, peaksToJson(peaks));
}

} // namespace

std::optional<std::filesystem::path> peaksFile(int threads)
{
    std::filesystem::path folder = folderOf("XDG_CACHE_HOME");
    if (folder.empty())
        folder = folderOf("HOME");
    else
        return folder / "lathe" / fmt::format("peaks-{}.json", threads);
    if (folder.empty())
        return std::nullopt;
    return folder / ".cache" / "lathe" / fmt::format("peaks-{}.json", threads);
}

std::string peaksToJson(const Peaks& peaks)
{
    return json::dump(json::encode(Document{kFormat, peaks, {peaks.fp32, peaks.bf16, peaks.int8}}), 2) + "\n";
}

Result<Peaks> peaksFromJson(const std::string& text)
{
    const Json parsed = Json::parse(text, nullptr, false);
    if (!parsed.is_object())
        return fail(ErrorCode::BadFile, "it is not JSON");
    Document document;
    std::vector<Problem> problems;
    json::Reader reader(parsed, problems);
    fields(reader, document);
    if (document.format != kFormat)
        return fail(ErrorCode::BadFile, "it is of another version of Lathe");
    if (!problems.empty())
        return fail(ErrorCode::BadFile, json::sentenceOf(problems));
    Peaks& peaks = document.peaks;
    peaks.fp32 = document.products.fp32;
    peaks.bf16 = document.products.bf16;
    peaks.int8 = document.products.int8;
    if (!isSound(peaks))
        return fail(ErrorCode::BadFile, "a figure is missing, or is not above 0");
    return peaks;
}

Result<Peaks> readPeaks(const std::filesystem::path& file, int threads, const Environment& environment)
{
    const Result<std::string> text = readFile(file);
    if (!text)
        return tl::unexpected(text.error());
    Result<Peaks> peaks = peaksFromJson(*text);
    if (!peaks)
        return fail(ErrorCode::BadFile, fmt::format("{} is damaged ({}).", file.string(), peaks.error().message));
    if (peaks->threads != threads)
        return fail(ErrorCode::BadFile,
                    fmt::format("{} is of {} threads, not of {}.", file.string(), peaks->threads, threads));
    if (!peaks->environment.comparableWith(environment))
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} was measured on another machine or with other software.", file.string()));
    return peaks;
}

Result<KnownPeaks> peaksOf(Backend& backend, const CalibrationOptions& options,
                           const std::optional<std::filesystem::path>& file, bool remeasure, std::stop_token stop,
                           const ProgressSink& progress)
{
    KnownPeaks known;
    if (file && !remeasure) {
        Result<Peaks> read = readPeaks(*file, options.threads, currentEnvironment(backend.info()));
        if (read)
            return KnownPeaks{*std::move(read), false, {}};
        if (read.error().code != ErrorCode::NotFound)
            known.said.push_back(read.error().message + " This machine is measured again.");
    }
    Result<Peaks> measured = measurePeaks(backend, options, stop, progress);
    if (!measured)
        return tl::unexpected(measured.error());
    known.peaks = *std::move(measured);
    known.measured = true;
    if (!file)
        known.said.emplace_back("There is no home folder to keep the figures in: they are measured anew each time.");
    else if (const auto stored = store(known.peaks, *file); !stored)
        known.said.push_back(stored.error().message);
    return known;
}

} // namespace lathe
