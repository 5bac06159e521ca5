#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/reading.h"
#include "app/stop.h"
#include "core/analysis/roofline.h"
#include "core/analysis/significant.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/estimate.h"
#include "core/benchmark/peaks_file.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLayers = 10; ///< of a record, in the table; JSON has all

struct Options {
    std::string session;
    int threads = 0; ///< 0: those of most records, or all cores
    double seconds = CalibrationOptions{}.seconds;
    bool remeasure = false;
    bool json = false;
};

Result<KnownPeaks> peaksFor(const Options& options, const std::vector<Record>& records)
{
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    CalibrationOptions calibration;
    calibration.threads = options.threads > 0 ? options.threads : usualThreads(records, usableCores());
    calibration.seconds = options.seconds;
    const StopOnInterrupt interrupt;
    const auto known = peaksOf(**backend, calibration, peaksFile(calibration.threads), options.remeasure,
                               interrupt.token(), [](const Progress& progress) {
                                   printStatus(fmt::format("[{:.0f} %] {}", 100.0 * progress.fraction, progress.what));
                               });
    printStatus("");
    if (known)
        for (const std::string& sentence : known->said)
            fmt::print(stderr, "lathe: {}\n", forTerminal(sentence));
    return known;
}

Json toJson(const RooflinePoint& point, const std::vector<Record>& records, int threads)
{
    const Record& record = records[point.record];
    return {{"record", record.id},
            {"model", record.configuration.model},
            {"mode", record.configuration.mode},
            {"batch", record.configuration.batch},
            {"layer", point.layer.empty() ? Json() : Json(point.layer)},
            {"op", point.layer.empty() ? Json() : Json(point.operation)},
            {"ms", point.milliseconds},
            {"flops", point.flops},
            {"bytes", point.bytes},
            {"intensity", point.bytes > 0.0 ? Json(point.intensity()) : Json()},
            {"flops_per_second", point.rate()},
            {"bytes_per_second", point.byteRate()},
            {"precision", point.precision},
            {"level", point.level},
            {"roof", point.roof()},
            {"share", point.share},
            {"bound", boundName(point.bound)},
            {"sentence", boundText(point, threads)}};
}

Json toJson(const KnownPeaks& known, const Roofline& roofline, const std::vector<Record>& records)
{
    Json document = Json::parse(peaksToJson(known.peaks));
    document["measured_now"] = known.measured;
    document["points"] = Json::array();
    for (const RooflinePoint& point : roofline.points)
        document["points"].push_back(toJson(point, records, known.peaks.threads));
    document["left_out"] = Json::array();
    for (const LeftOut& left : roofline.leftOut)
        document["left_out"].push_back({{"record", records[left.record].id}, {"reason", left.reason}});
    return document;
}

std::string flops(double value)
{
    return formatSi(value, "FLOP/s");
}

std::string bytesASecond(double value)
{
    return formatBytes(value) + "/s";
}

void print(const KnownPeaks& known)
{
    const Peaks& peaks = known.peaks;
    fmt::print("{}, {} {}, {} {}\n\n", peaks.environment.cpu, peaks.threads, peaks.threads == 1 ? "thread" : "threads",
               known.measured ? "measured now," : "measured on", peaks.time);
    printTable({"matrix products", "at most"},
               {{"fp32", flops(peaks.fp32)}, {"bf16", flops(peaks.bf16)}, {"int8", formatSi(peaks.int8, "OP/s")}});
    std::vector<std::vector<std::string>> rows;
    for (const Bandwidth& level : peaks.bandwidth)
        rows.push_back({level.level, formatBytes(static_cast<double>(level.bytes)), bytesASecond(level.read),
                        bytesASecond(level.write), bytesASecond(level.copy)});
    fmt::print("\n");
    printTable({"bandwidth", "size", "read", "write", "copy"}, rows);
    for (const std::string& note : peaks.notes)
        fmt::print("{}{}\n", &note == &peaks.notes.front() ? "\n" : "", note);
}

/// Their places, slowest first; no more than people read.
std::vector<std::size_t> slowestLayers(const Roofline& roofline, std::size_t record)
{
    std::vector<std::size_t> layers;
    for (std::size_t i = 0; i < roofline.points.size(); ++i)
        if (roofline.points[i].record == record && !roofline.points[i].layer.empty())
            layers.push_back(i);
    std::stable_sort(layers.begin(), layers.end(), [&](std::size_t a, std::size_t b) {
        return roofline.points[a].milliseconds > roofline.points[b].milliseconds;
    });
    layers.resize(std::min(layers.size(), kMostLayers));
    return layers;
}

std::vector<std::string> toRow(const RooflinePoint& point, const std::string& name)
{
    return {name,
            formatSignificant(point.milliseconds),
            point.bytes > 0.0 ? formatSignificant(point.intensity()) : "–",
            flops(point.rate()),
            flops(point.roof()),
            formatSignificant(100.0 * point.share, 2) + " %",
            std::string(boundName(point.bound)),
            point.level};
}

void print(const Roofline& roofline, const std::vector<Record>& records, int threads)
{
    std::vector<std::vector<std::string>> rows;
    for (const RooflinePoint& point : roofline.points) {
        if (!point.layer.empty())
            continue;
        rows.push_back(toRow(point, describe(records[point.record].configuration)));
        for (const std::size_t layer : slowestLayers(roofline, point.record))
            rows.push_back(toRow(roofline.points[layer], "  " + roofline.points[layer].layer));
    }
    fmt::print("\n");
    printTable({"record, slowest layers", "ms", "FLOPs a byte", "reached", "roof", "share", "bound by", "data from"},
               rows);
    fmt::print("\n");
    for (const RooflinePoint& point : roofline.points)
        if (point.layer.empty())
            fmt::print("{}: {}\n", describe(records[point.record].configuration), boundText(point, threads));
}

void printLeftOut(const Roofline& roofline, const std::vector<Record>& records)
{
    for (const LeftOut& left : roofline.leftOut)
        fmt::print("Left out: {}: {}.\n", describe(records[left.record].configuration), left.reason);
}

Result<void> show(const Options& options)
{
    Result<Session> session{Session{}};
    if (!options.session.empty())
        session = openForReading(options.session);
    if (!session)
        return tl::unexpected(session.error());
    const std::vector<Record>& records = session->records;
    const Result<KnownPeaks> known = peaksFor(options, records);
    if (!known)
        return tl::unexpected(known.error());
    const Roofline roofline = rooflineOf(records, known->peaks, graphOf);
    if (options.json) {
        fmt::print("{}\n", toJson(*known, roofline, records).dump(2, ' ', false, Json::error_handler_t::replace));
        return {};
    }
    print(*known);
    if (!roofline.points.empty())
        print(roofline, records, known->peaks.threads);
    printLeftOut(roofline, records);
    return {};
}

} // namespace

void addRoofline(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand(
        "roofline", "What this machine can do at most, and how near a session's networks and layers come to it");
    const auto options = std::make_shared<Options>();
    command->add_option("session", options->session, "A .lathe file whose records to hold against the roofs");
    command
        ->add_option("--threads", options->threads,
                     "Threads of the roofs; by default those of most records, or all cores")
        ->check(atLeastOne());
    command->add_option("--seconds", options->seconds, "About how long to measure the machine (6)")
        ->check(between(0.01, 600.0));
    command->add_flag("--remeasure", options->remeasure, "Measure the machine again, though its figures are known");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return show(*options); }; });
}

} // namespace lathe::cli
