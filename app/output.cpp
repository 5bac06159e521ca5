#include "app/output.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include <unistd.h>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/analysis/throughput_unit.h"
#include "core/base/words.h"

namespace lathe::cli {

namespace {

constexpr std::size_t kLongestMessage = 600;
constexpr std::chrono::seconds kBetweenLines{2}; ///< of the same progress in a log

std::string withoutDigits(std::string text)
{
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

/// Columns a terminal gives the text: bytes that begin a UTF-8 sequence.
std::size_t width(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t columns, bool left)
{
    const std::string space(columns - std::min(columns, width(text)), ' ');
    return left ? text + space : space + text;
}

void printRow(const std::vector<std::string>& row, const std::vector<std::size_t>& widths)
{
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
        line += (i > 0 ? "  " : "") + padded(row[i], widths[i], i == 0);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
}

std::vector<std::string> recordRow(const Record& r)
{
    const Configuration& c = r.configuration;
    return {c.model,
            c.mode,
            fmt::format("{}", c.batch),
            fmt::format("{}", c.threads),
            toString(c.input),
            formatWithInterval(r.latency.median, r.latency.ciLow, r.latency.ciHigh),
            formatWithInterval(r.throughput, r.throughputLow, r.throughputHigh),
            formatSi(static_cast<double>(r.params)),
            formatSi(static_cast<double>(r.macs)),
            formatBytes(static_cast<double>(r.peakTensorBytes + r.parameterBytes)),
            r.flags.empty() ? "" : fmt::format("{}", r.flags.size())};
}

} // namespace

void printTable(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths(header.size(), 0);
    const auto widen = [&](const std::vector<std::string>& row) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    };
    widen(header);
    std::for_each(rows.begin(), rows.end(), widen);
    printRow(header, widths);
    for (const auto& row : rows)
        printRow(row, widths);
}

void printRecords(const std::vector<Record>& records)
{
    std::vector<std::vector<std::string>> rows;
    for (const Record& record : records)
        rows.push_back(recordRow(record));
    printTable({"model", "mode", "batch", "threads", "input", "latency (ms)", throughputUnit(records), "params", "MACs",
                "memory", "flags"},
               rows);
    for (const Record& record : records)
        for (const Flag& flag : record.flags)
            fmt::print("  {}: {}\n", describe(record.configuration), flag.text);
}

std::string forTerminal(std::string_view message)
{
    return printable(shortened(message, kLongestMessage));
}

void printStatus(const std::string& text)
{
    using Clock = std::chrono::steady_clock;
    static Clock::time_point next;
    static std::string last; // what was being done, without its numbers
    if (isatty(STDERR_FILENO) != 0) {
        fmt::print(stderr, "\r\033[K{}", text);
    } else if (std::string kind = withoutDigits(text); !text.empty() && (kind != last || Clock::now() >= next)) {
        fmt::print(stderr, "{}\n", text);
        next = Clock::now() + kBetweenLines;
        last = std::move(kind);
    }
    std::fflush(stderr);
}

} // namespace lathe::cli
