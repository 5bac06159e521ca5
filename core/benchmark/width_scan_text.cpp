#include <algorithm>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/csv_cell.h"
#include "core/base/statistics.h"
#include "core/benchmark/machine.h"
#include "core/benchmark/width_scan.h"
#include "core/session/record_json_p.h"

namespace lathe {

using json::Json;

namespace {

constexpr double kTellable = 1.05;       ///< ratio of two groups' rates
constexpr std::size_t kFewestWidths = 3; ///< that make a group

std::string timeText(const WidthPoint& point)
{
    return formatWithInterval(point.median, point.low, point.high) + " ms";
}

std::string channelsText(WidthAxis axis)
{
    return axis == WidthAxis::Out ? "output channels" : axis == WidthAxis::In ? "input channels" : "channels";
}

std::string cliffText(const WidthCliff& cliff, const WidthScan& scan)
{
    const WidthPoint& narrow = scan.points[cliff.before];
    const WidthPoint& wide = scan.points[cliff.before + 1];
    const std::string channels = channelsText(scan.options.axis);
    if (cliff.kind == WidthCliff::Kind::FasterThoughWider)
        return fmt::format("{} {} take {}, {} take {}: the wider layer is {} times as fast.", narrow.channels, channels,
                           timeText(narrow), wide.channels, timeText(wide), formatSignificant(cliff.ratio));
    return fmt::format("From {} to {} {} the time rises from {} to {}: a multiply-accumulate takes {} times as long.",
                       narrow.channels, wide.channels, channels, timeText(narrow), timeText(wide),
                       formatSignificant(cliff.ratio));
}

/// Multiply-accumulates a second, of the widths that fill vectors and of those that do not.
std::optional<std::string> vectorText(const WidthScan& scan)
{
    const machine::VectorWidth vector = machine::vectorWidth(scan.environment.instructionSets);
    std::vector<double> full;
    std::vector<double> odd;
    for (const WidthPoint& point : scan.points)
        if (point.median > 0.0)
            (point.channels % vector.floats == 0 ? full : odd).push_back(point.macRate());
    if (full.size() < kFewestWidths || odd.size() < kFewestWidths)
        return std::nullopt;
    const double ratio = stats::median(full) / stats::median(odd);
    if (ratio < kTellable)
        return std::nullopt;
    return fmt::format(
        "The {} widths that are multiples of {}, as many float32 values as a vector of {} holds, reach {} "
        "in the median, the {} others {}.",
        full.size(), vector.floats, vector.set, formatSi(stats::median(full), "MAC/s"), odd.size(),
        formatSi(stats::median(odd), "MAC/s"));
}

/// Where a wider layer takes less time than the network's own does.
std::optional<std::string> roundingText(const WidthScan& scan)
{
    const std::int64_t channels = scan.layer.channels(scan.options.axis);
    const auto own = std::find_if(scan.points.begin(), scan.points.end(),
                                  [&](const WidthPoint& point) { return point.channels == channels; });
    if (own == scan.points.end())
        return std::nullopt;
    const auto fastest = std::min_element(own, scan.points.end(),
                                          [](const WidthPoint& a, const WidthPoint& b) { return a.median < b.median; });
    if (!(fastest->high < own->low))
        return std::nullopt;
    return fmt::format("{} has {} {}, which take {}; {} would take {}.", scan.layer.name, channels,
                       channelsText(scan.options.axis), timeText(*own), fastest->channels, timeText(*fastest));
}

std::string_view kindName(WidthCliff::Kind kind)
{
    return kind == WidthCliff::Kind::FasterThoughWider ? "faster_though_wider" : "dearer_by_the_mac";
}

Json toJson(const WidthPoint& point)
{
    return {{"channels", point.channels}, {"macs", point.macs},       {"median_ms", point.median},
            {"ci_low_ms", point.low},     {"ci_high_ms", point.high}, {"samples_ms", point.samples}};
}

Json toJson(const WidthCliff& cliff, const WidthScan& scan)
{
    return {{"from", scan.points[cliff.before].channels},
            {"to", scan.points[cliff.before + 1].channels},
            {"kind", kindName(cliff.kind)},
            {"ratio", cliff.ratio},
            {"sentence", cliffText(cliff, scan)}};
}

} // namespace

std::vector<std::string> widthScanSentences(const WidthScan& scan)
{
    std::vector<WidthCliff> cliffs = scan.cliffs;
    std::stable_sort(cliffs.begin(), cliffs.end(),
                     [](const WidthCliff& a, const WidthCliff& b) { return a.ratio > b.ratio; });
    std::vector<std::string> sentences;
    for (const WidthCliff& cliff : cliffs)
        sentences.push_back(cliffText(cliff, scan));
    if (cliffs.empty())
        sentences.push_back("No cliff was shown: between no neighbouring widths does the time fall, or that of a "
                            "multiply-accumulate rise, by more than 5 % and beyond their intervals.");
    for (const auto& sentence : {vectorText(scan), roundingText(scan)})
        if (sentence)
            sentences.push_back(*sentence);
    return sentences;
}

std::string widthScanToJson(const WidthScan& scan)
{
    const WidthScanOptions& options = scan.options;
    Json document{{"environment", json::encode(scan.environment)},
                  {"model", scan.model},
                  {"layer", scan.layer.name},
                  {"op", operationName(scan.layer.operation)},
                  {"input", scan.layer.input},
                  {"axis", axisName(options.axis)},
                  {"own_channels", scan.layer.channels(options.axis)},
                  {"mode", name(options.mode)},
                  {"batch", options.batch},
                  {"threads", options.threads},
                  {"rounds", scan.rounds},
                  {"stop_reason", scan.stopReason},
                  {"points", Json::array()},
                  {"cliffs", Json::array()},
                  {"sentences", widthScanSentences(scan)},
                  {"flags", Json::array()}};
    for (const WidthPoint& point : scan.points)
        document["points"].push_back(toJson(point));
    for (const WidthCliff& cliff : scan.cliffs)
        document["cliffs"].push_back(toJson(cliff, scan));
    for (const Flag& flag : scan.flags)
        document["flags"].push_back({{"code", flag.code}, {"text", flag.text}});
    return json::dump(document, 2);
}

std::string widthScanToCsv(const WidthScan& scan)
{
    std::string csv = "channels,macs_of_batch,median_ms,ci_low_ms,ci_high_ms,samples\r\n";
    for (const WidthPoint& point : scan.points)
        csv += fmt::format("{},{},{},{},{},{}\r\n", csv::cell(point.channels), csv::cell(point.macs),
                           csv::cell(point.median), csv::cell(point.low), csv::cell(point.high), point.samples.size());
    return csv;
}

} // namespace lathe
