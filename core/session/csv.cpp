#include "core/session/session.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "core/base/csv_cell.h"

namespace lathe {

namespace {

using csv::cell;
using csv::quoted;

template <class T> std::string cell(const std::optional<T>& value)
{
    return value ? cell(*value) : std::string();
}

std::string flagCodes(const Record& record)
{
    std::string codes;
    for (const Flag& flag : record.flags)
        codes += (codes.empty() ? "" : "; ") + flag.code;
    return codes;
}

std::string input(const Record& record)
{
    const Shape& shape = record.configuration.input;
    return shape.empty() ? std::string() : toString(shape);
}

struct Column {
    std::string_view name;
    std::string (*text)(const Record&);
};

constexpr std::array kColumns = {
    Column{"id", [](const Record& r) { return r.id; }},
    Column{"time", [](const Record& r) { return r.time; }},
    Column{"model", [](const Record& r) { return r.configuration.model; }},
    Column{"family", [](const Record& r) { return r.family; }},
    Column{"type", [](const Record& r) { return r.type; }},
    Column{"mode", [](const Record& r) { return r.configuration.mode; }},
    Column{"batch", [](const Record& r) { return cell(r.configuration.batch); }},
    Column{"threads", [](const Record& r) { return cell(std::int64_t{r.configuration.threads}); }},
    Column{"input", input},
    Column{"device", [](const Record& r) { return r.configuration.device; }},
    Column{"params", [](const Record& r) { return cell(r.params); }},
    Column{"macs", [](const Record& r) { return cell(r.macs); }},
    Column{"macs_counted", [](const Record& r) { return cell(r.macsCounted); }},
    Column{"activation_bytes", [](const Record& r) { return cell(r.activationBytes); }},
    Column{"parameter_bytes", [](const Record& r) { return cell(r.parameterBytes); }},
    Column{"top1_fraction", [](const Record& r) { return cell(r.top1); }},
    Column{"file_bytes", [](const Record& r) { return cell(r.fileBytes); }},
    Column{"latency_median_ms", [](const Record& r) { return cell(r.latency.median); }},
    Column{"latency_ci_low_ms", [](const Record& r) { return cell(r.latency.ciLow); }},
    Column{"latency_ci_high_ms", [](const Record& r) { return cell(r.latency.ciHigh); }},
    Column{"latency_p5_ms", [](const Record& r) { return cell(r.latency.p5); }},
    Column{"latency_p95_ms", [](const Record& r) { return cell(r.latency.p95); }},
    Column{"latency_p99_ms", [](const Record& r) { return cell(r.latency.p99); }},
    Column{"samples", [](const Record& r) { return fmt::format("{}", r.latency.samples.size()); }},
    Column{"outliers", [](const Record& r) { return cell(std::int64_t{r.latency.outliers}); }},
    Column{"throughput_images_per_s", [](const Record& r) { return cell(r.throughput); }},
    Column{"throughput_low_images_per_s", [](const Record& r) { return cell(r.throughputLow); }},
    Column{"throughput_high_images_per_s", [](const Record& r) { return cell(r.throughputHigh); }},
    Column{"peak_tensor_bytes", [](const Record& r) { return cell(r.peakTensorBytes); }},
    Column{"peak_resident_bytes", [](const Record& r) { return cell(r.peakResidentBytes); }},
    Column{"page_faults_per_inference", [](const Record& r) { return cell(r.pageFaults); }},
    Column{"warmups", [](const Record& r) { return cell(std::int64_t{r.warmups}); }},
    Column{"stop_reason", [](const Record& r) { return r.stopReason; }},
    Column{"isolated", [](const Record& r) { return std::string(r.isolated ? "true" : "false"); }},
    Column{"flags", flagCodes},
    Column{"host", [](const Record& r) { return r.environment.host; }},
    Column{"cpu", [](const Record& r) { return r.environment.cpu; }},
    Column{"instruction_sets", [](const Record& r) { return r.environment.instructionSets; }},
    Column{"library", [](const Record& r) { return r.environment.library; }},
    Column{"capability", [](const Record& r) { return r.environment.capability; }},
    Column{"kernels", [](const Record& r) { return r.environment.kernels; }},
    Column{"lathe_version", [](const Record& r) { return r.environment.latheVersion; }},
    Column{"load_average", [](const Record& r) { return cell(r.environment.loadAverage); }},
    Column{"clock_mhz", [](const Record& r) { return cell(r.environment.clockMHz); }},
    Column{"scheme", [](const Record& r) { return r.scheme; }},
    Column{"origin", [](const Record& r) { return r.origin; }},
    Column{"top1_dataset", [](const Record& r) { return r.top1Dataset; }},
    Column{"note", [](const Record& r) { return r.note; }},
};

} // namespace

std::string recordsToCsv(const std::vector<Record>& records)
{
    std::string csv;
    for (const Column& column : kColumns)
        csv.append(csv.empty() ? "" : ",").append(column.name);
    csv += "\r\n";
    for (const Record& record : records)
        for (const Column& column : kColumns)
            csv += quoted(column.text(record)) + (&column == &kColumns.back() ? "\r\n" : ",");
    return csv;
}

} // namespace lathe
