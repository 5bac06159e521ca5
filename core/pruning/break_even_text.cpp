#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/csv_cell.h"
#include "core/pruning/break_even.h"
#include "core/session/record_json_p.h"

namespace lathe {

using json::Json;

namespace {

std::string percent(double share)
{
    return formatSignificant(100.0 * share, 3) + " %";
}

std::string longName(WeightFormat format)
{
    return format == WeightFormat::Csr ? "Compressed sparse rows (CSR)"
                                       : fmt::format("Blocks of {0} x {0} (BSR)", kSparseBlock);
}

std::string timeText(const LayerTiming& timing)
{
    return formatWithInterval(timing.median, timing.low, timing.high) + " ms";
}

std::string zerosText(const FormatScan& scan)
{
    return scan.format == WeightFormat::Bsr ? "all-zero blocks" : "zeros";
}

std::string speedText(const FormatScan& scan, const LayerTiming& dense)
{
    const SparsePoint& most = scan.points.back();
    if (!most.isKnown())
        return longName(scan.format) + " took too long for an interval; allow more time.";
    if (!scan.fasterFrom)
        return fmt::format("{} were not shown to be faster at any share of {} up to {}, where they take {} and dense "
                           "{}.",
                           longName(scan.format), zerosText(scan), percent(most.sparsity), timeText(most),
                           timeText(dense));
    if (!scan.crossing)
        return fmt::format("{} are faster at every share of {} that was timed: {} at {}, dense {}.",
                           longName(scan.format), zerosText(scan), timeText(scan.points.front()),
                           percent(scan.points.front().sparsity), timeText(dense));
    return fmt::format(
        "{} are faster from {} of {} on (the curves cross at about {}); at {} they take {} and dense {}.",
        longName(scan.format), percent(*scan.fasterFrom), zerosText(scan), percent(*scan.crossing),
        percent(most.sparsity), timeText(most), timeText(dense));
}

std::string sizeText(const FormatScan& scan)
{
    return fmt::format("They take fewer bytes above {} of {}: beside every value{} its place is stored.",
                       percent(scan.smallerFrom), zerosText(scan),
                       scan.format == WeightFormat::Bsr ? ", or rather every block," : "");
}

/// Between being smaller and being faster lies where pruning buys room and costs time.
std::string gapText(const FormatScan& scan)
{
    if (!scan.points.back().isKnown() || scan.fasterFrom.value_or(1.0) <= scan.smallerFrom)
        return {};
    const std::string where =
        scan.fasterFrom ? fmt::format("Between {} and {}", percent(scan.smallerFrom), percent(*scan.fasterFrom))
                        : fmt::format("Above {}", percent(scan.smallerFrom));
    return where + " the sparse weight is smaller and not shown to be faster: a sparse kernel has to look up where the "
                   "values are, and the call itself costs as much.";
}

Json toJson(const LayerTiming& timing)
{
    return {{"median_ms", timing.median},
            {"ci_low_ms", timing.low},
            {"ci_high_ms", timing.high},
            {"samples_ms", timing.samples}};
}

Json toJson(const FormatScan& scan)
{
    Json points = Json::array();
    for (const SparsePoint& point : scan.points) {
        Json json = toJson(static_cast<const LayerTiming&>(point));
        json["sparsity"] = point.sparsity;
        json["bytes"] = point.bytes;
        points.push_back(std::move(json));
    }
    Json json{{"format", name(scan.format)}, {"smaller_from", scan.smallerFrom}, {"points", std::move(points)}};
    json["crossing"] = scan.crossing ? Json(*scan.crossing) : Json();
    json["faster_from"] = scan.fasterFrom ? Json(*scan.fasterFrom) : Json();
    return json;
}

std::string csvRow(WeightFormat format, double sparsity, std::int64_t bytes, const LayerTiming& timing)
{
    return fmt::format("{},{},{},{},{},{},{}\r\n", name(format), csv::cell(sparsity), csv::cell(bytes),
                       csv::cell(timing.median), csv::cell(timing.low), csv::cell(timing.high), timing.samples.size());
}

} // namespace

std::vector<std::string> breakEvenSentences(const BreakEven& scan)
{
    std::vector<std::string> sentences;
    for (const FormatScan& format : scan.formats)
        for (std::string& sentence : std::vector{speedText(format, scan.dense), sizeText(format), gapText(format)})
            if (!sentence.empty())
                sentences.push_back(std::move(sentence));
    if (scan.formats.size() == 1)
        sentences.push_back(
            fmt::format("Blocks were not timed: both extents of the weight must be multiples of {}.", kSparseBlock));
    return sentences;
}

std::string breakEvenToJson(const BreakEven& scan)
{
    Json document{{"environment", json::encode(scan.environment)},
                  {"model", scan.model},
                  {"layer", scan.layer.name},
                  {"op", operationName(scan.layer.operation)},
                  {"input", scan.layer.input},
                  {"batch", scan.options.batch},
                  {"threads", scan.options.threads},
                  {"rounds", scan.rounds},
                  {"stop_reason", scan.stopReason},
                  {"dense", toJson(scan.dense)},
                  {"dense_bytes", scan.denseBytes},
                  {"formats", Json::array()},
                  {"sentences", breakEvenSentences(scan)},
                  {"flags", Json::array()}};
    for (const FormatScan& format : scan.formats)
        document["formats"].push_back(toJson(format));
    for (const Flag& flag : scan.flags)
        document["flags"].push_back({{"code", flag.code}, {"text", flag.text}});
    return json::dump(document, 2);
}

std::string breakEvenToCsv(const BreakEven& scan)
{
    std::string csv = "format,sparsity,bytes,median_ms,ci_low_ms,ci_high_ms,samples\r\n";
    csv += csvRow(WeightFormat::Dense, 0.0, scan.denseBytes, scan.dense);
    for (const FormatScan& format : scan.formats)
        for (const SparsePoint& point : format.points)
            csv += csvRow(format.format, point.sparsity, point.bytes, point);
    return csv;
}

} // namespace lathe
