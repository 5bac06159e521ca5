#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/session/record_json_p.h"
#include "core/session/session.h"

namespace lathe {

using json::Json;
using json::Like;
using json::OrderedJson;
using json::Problem;

template <class Archive, Like<Flag> T> void fields(Archive& archive, T& flag)
{
    archive("code", flag.code);
    archive("text", flag.text);
}

template <class Archive, Like<LayerTime> T> void fields(Archive& archive, T& layer)
{
    archive("name", layer.name);
    archive("op", layer.operation);
    archive("ms", layer.milliseconds);
    archive("macs", layer.macs);
}

template <class Archive, Like<Latency> T> void fields(Archive& archive, T& latency)
{
    archive("median", latency.median);
    archive("ci_low", latency.ciLow);
    archive("ci_high", latency.ciHigh);
    archive("p5", latency.p5);
    archive("p95", latency.p95);
    archive("p99", latency.p99);
    archive("outliers", latency.outliers);
    archive("samples", latency.samples);
}

template <class Archive, Like<Configuration> T> void configurationFields(Archive& archive, T& configuration)
{
    archive("model", configuration.model);
    archive("mode", configuration.mode);
    archive("batch", configuration.batch);
    archive("threads", configuration.threads);
    archive("input", configuration.input);
    archive("device", configuration.device);
}

template <class Archive, Like<Record> T> void fields(Archive& archive, T& record)
{
    archive("id", record.id);
    archive("time", record.time);
    configurationFields(archive, record.configuration);
    archive("family", record.family);
    archive("type", record.type);
    archive("scheme", record.scheme);
    archive("origin", record.origin);
    archive("params", record.params);
    archive("macs", record.macs);
    archive("activation_bytes", record.activationBytes);
    archive("parameter_bytes", record.parameterBytes);
    archive("macs_counted", record.macsCounted);
    archive("top1", record.top1);
    archive("top1_dataset", record.top1Dataset);
    archive("file_bytes", record.fileBytes);
    archive("latency_ms", record.latency);
    archive("throughput", record.throughput);
    archive("throughput_low", record.throughputLow);
    archive("throughput_high", record.throughputHigh);
    archive("peak_tensor_bytes", record.peakTensorBytes);
    archive("peak_resident_bytes", record.peakResidentBytes);
    archive("page_faults", record.pageFaults);
    archive("warmups", record.warmups);
    archive("stop_reason", record.stopReason);
    archive("isolated", record.isolated);
    archive("flags", record.flags);
    archive("environment", record.environment);
    archive("layers", record.layers);
    archive("layers_total_ms", record.layersTotalMs);
    archive("layers_whole_ms", record.layersWholeMs);
    archive("note", record.note);
}

namespace {

/// Without these a record does not say what was measured, or how long it took.
bool isEssential(const Problem& problem)
{
    constexpr std::array<std::string_view, 7> keys = {"model", "mode",   "batch",     "threads",
                                                      "input", "device", "latency_ms"};
    return problem.key.starts_with("latency_ms.") || std::find(keys.begin(), keys.end(), problem.key) != keys.end();
}

void checkConfiguration(const Configuration& configuration, std::vector<Problem>& problems)
{
    if (configuration.model.empty())
        problems.push_back({"model", "'model' is missing"});
    if (configuration.batch < 1)
        problems.push_back({"batch", "'batch' is below 1"});
    if (configuration.threads < 1)
        problems.push_back({"threads", "'threads' is below 1"});
    if (std::any_of(configuration.input.begin(), configuration.input.end(), [](auto extent) { return extent < 1; }))
        problems.push_back({"input", "'input' has an extent below 1"});
}

Result<Record> strictRecord(const Json& json)
{
    json::RecordReading reading = json::toRecord(json);
    if (!reading.problems.empty())
        return fail(ErrorCode::BadFile, fmt::format("The record is broken: {}.", json::sentenceOf(reading.problems)));
    return std::move(reading.record);
}

} // namespace

namespace json {

OrderedJson fromRecord(const Record& record)
{
    return encode(record);
}

RecordReading toRecord(const Json& json)
{
    RecordReading reading;
    if (!json.is_object()) {
        reading.problems.push_back({"", "it is not an object"});
        reading.usable = false;
        return reading;
    }
    Reader reader(json, reading.problems);
    fields(reader, reading.record);
    // What is of the wrong kind was told already; its default is not to be blamed as well.
    if (std::none_of(reading.problems.begin(), reading.problems.end(), isEssential))
        checkConfiguration(reading.record.configuration, reading.problems);
    reading.usable = std::none_of(reading.problems.begin(), reading.problems.end(), isEssential);
    return reading;
}

std::string sentenceOf(const std::vector<Problem>& problems)
{
    std::vector<std::string_view> parts;
    for (const Problem& problem : problems)
        parts.push_back(problem.what);
    return fmt::format("{}", fmt::join(parts, " and "));
}

} // namespace json

std::string recordToJson(const Record& record, int indent)
{
    return json::dump(json::fromRecord(record), indent);
}

Result<Record> recordFromJson(const std::string& text)
{
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        return fail(ErrorCode::BadFile, "The record is broken: it is not JSON.");
    return strictRecord(json);
}

std::string recordsToJson(const std::vector<Record>& records, const Environment& environment)
{
    std::string text = fmt::format("{{\n\"environment\": {},\n\"records\": [", json::dump(json::encode(environment)));
    for (std::size_t i = 0; i < records.size(); ++i)
        text.append(i == 0 ? "\n" : ",\n").append(recordToJson(records[i]));
    return text.append(records.empty() ? "]\n}\n" : "\n]\n}\n");
}

Result<std::vector<Record>> recordsFromJson(const std::string& text)
{
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object() || !document.contains("records") || !document["records"].is_array())
        return fail(ErrorCode::BadFile, "The text is not JSON with a list of 'records'.");
    std::vector<Record> records;
    for (const Json& element : document["records"]) {
        Result<Record> record = strictRecord(element);
        if (!record)
            return fail(record.error().code, record.error().message);
        records.push_back(std::move(*record));
    }
    return records;
}

} // namespace lathe
