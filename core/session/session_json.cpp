#include "core/session/session_json_p.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/base/version.h"
#include "core/session/record_json_p.h"
#include "core/session/salvage_p.h"

namespace lathe {

using json::Json;
using json::Like;
using json::Problem;
using json::Salvaged;

template <class Archive, Like<Setup> T> void fields(Archive& archive, T& setup)
{
    archive("models", setup.models);
    archive("modes", setup.modes);
    archive("batches", setup.batches);
    archive("threads", setup.threads);
    archive("inputs", setup.inputs);
    archive("device", setup.device);
    archive("precision_target", setup.precisionTarget);
    archive("max_seconds", setup.maxSeconds);
    archive("isolate", setup.isolate);
    archive("layers", setup.layers);
}

template <class Archive, Like<SweepSettings> T> void fields(Archive& archive, T& sweep)
{
    archive("batch_title", sweep.batchTitle);
    archive("threads_title", sweep.threadsTitle);
    archive("latency_title", sweep.latencyTitle);
    archive("throughput_title", sweep.throughputTitle);
    archive("hidden", sweep.hidden);
}

template <class Archive, Like<SamplesSettings> T> void fields(Archive& archive, T& samples)
{
    archive("time_title", samples.timeTitle);
    archive("share_title", samples.shareTitle);
    archive("order_title", samples.orderTitle);
    archive("hidden", samples.hidden);
}

template <class Archive, Like<BudgetSetting> T> void fields(Archive& archive, T& budget)
{
    archive("quantity", budget.quantity);
    archive("limit", budget.limit);
}

template <class Archive, Like<ChooseSettings> T> void fields(Archive& archive, T& choose)
{
    archive("x", choose.x);
    archive("y", choose.y);
    archive("third", choose.third);
    archive("prefer", choose.prefer);
    archive("budgets", choose.budgets);
    archive("title", choose.title);
    archive("x_title", choose.xTitle);
    archive("y_title", choose.yTitle);
}

template <class Archive, Like<TrendSettings> T> void fields(Archive& archive, T& trends)
{
    archive("x", trends.x);
    archive("y", trends.y);
    archive("conditions", trends.conditions);
    archive("overlay", trends.overlay);
    archive("title", trends.title);
    archive("x_title", trends.xTitle);
    archive("y_title", trends.yTitle);
    archive("hidden", trends.hidden);
}

template <class Archive, Like<ComparisonRecord> T> void fields(Archive& archive, T& comparison)
{
    archive("first", comparison.firstId);
    archive("second", comparison.secondId);
    archive("time", comparison.time);
    archive("ratio", comparison.ratio);
    archive("ratio_low", comparison.ratioLow);
    archive("ratio_high", comparison.ratioHigh);
    archive("sentence", comparison.sentence);
    archive("warnings", comparison.warnings);
}

template <class Archive, Like<PlotSettings> T> void fields(Archive& archive, T& plot)
{
    archive("x", plot.x);
    archive("y", plot.y);
    archive("x_log", plot.xLog);
    archive("y_log", plot.yLog);
    archive("colour", plot.colour);
    archive("size", plot.size);
    archive("labels", plot.labels);
    archive("intervals", plot.intervals);
    archive("front", plot.front);
    archive("trend", plot.trend);
    archive("arrows", plot.arrows);
    archive("overlay", plot.overlay);
    archive("overlay_accuracy", plot.overlayAccuracy);
    archive("title", plot.title);
    archive("x_title", plot.xTitle);
    archive("y_title", plot.yTitle);
    archive("hidden", plot.hidden);
    archive("sweep", plot.sweep);
    archive("samples", plot.samples);
    archive("choose", plot.choose);
    archive("trends", plot.trends);
}

namespace {

constexpr std::string_view kFormat = "lathe-session";

bool isSession(const Salvaged& file, const std::string& text)
{
    if (file.document.is_object() && file.document.contains("format"))
        return file.document["format"] == kFormat;
    // The damage may sit in the first line already.
    return file.damage && text.substr(0, 256).find(fmt::format("\"{}\"", kFormat)) != std::string::npos;
}

/// "record 3", "the setup": where the damage is.
std::string placeOf(const Salvaged::Damage& damage, const Json& document)
{
    if (damage.member == "setup" || damage.member == "notes" || damage.member == "comparisons")
        return "in the " + damage.member;
    if (damage.member == "plot")
        return "in the plot settings";
    if (damage.member != "records" || !document.contains("records"))
        return "before the records";
    const std::size_t whole = document["records"].size();
    if (whole == 0 && !damage.inElement)
        return "before the first record";
    return damage.inElement ? fmt::format("in record {}", whole + 1) : fmt::format("behind record {}", whole);
}

/// One file's reading: the session so far and what was lost.
class SessionReading {
public:
    LoadedSession read(Salvaged file, const std::string& text);

private:
    void recover(Salvaged& file, const std::string& text);
    void tellDamage(const Salvaged& file, const std::string& text, int lostRecords);
    void readVersion(const Json& document);
    template <class T> void readSettings(const Json& document, const char* key, T& settings);
    void readNotes(const Json& document);
    void readComparisons(const Json& document);
    void readRecords(const Json& document);
    void readRecord(const Json& json, std::size_t number);
    void makeIdsUnique();
    void lose(std::string sentence) { m_loaded.lost.push_back(std::move(sentence)); }

    LoadedSession m_loaded;
};

LoadedSession SessionReading::read(Salvaged file, const std::string& text)
{
    if (file.damage)
        recover(file, text);
    readVersion(file.document);
    readSettings(file.document, "setup", m_loaded.session.setup);
    readSettings(file.document, "plot", m_loaded.session.plot);
    readNotes(file.document);
    readComparisons(file.document);
    readRecords(file.document);
    makeIdsUnique();
    return std::move(m_loaded);
}

/// What stands on lines of its own behind the damage is as good as what came before it.
void SessionReading::recover(Salvaged& file, const std::string& text)
{
    const Salvaged::Damage& damage = *file.damage;
    if (!file.document.is_object())
        file.document = Json::object();
    int lostRecords = damage.member == "records" && damage.inElement ? 1 : 0;
    json::SalvagedLines rest;
    if (!damage.atEnd && !damage.afterEnd)
        rest = json::salvageLines(text, damage.offset);
    tellDamage(file, text, lostRecords + rest.broken);
    for (const auto& [key, value] : rest.members.items())
        file.document[key] = value;
    Json& records = file.document["records"];
    if (!records.is_array())
        records = Json::array();
    for (Json& object : rest.objects)
        if (object.contains("model"))
            records.push_back(std::move(object));
}

void SessionReading::tellDamage(const Salvaged& file, const std::string& text, int lostRecords)
{
    const Salvaged::Damage& damage = *file.damage;
    if (damage.afterEnd)
        return lose("The file goes on behind its end; that part was passed over.");
    if (damage.atEnd)
        return lose(
            fmt::format("The file ends too early, {}; what came there is lost.", placeOf(damage, file.document)));
    const std::ptrdiff_t line =
        1 + std::count(text.begin(),
                       text.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(damage.offset, 1)) - 1, '\n');
    std::string sentence =
        fmt::format("The file is damaged {} (line {}); the rest was read", placeOf(damage, file.document), line);
    if (lostRecords > 0)
        sentence += fmt::format(" and {} {} lost", lostRecords, lostRecords == 1 ? "record is" : "records are");
    lose(sentence + ".");
}

void SessionReading::readVersion(const Json& document)
{
    const auto version = document.find("version");
    if (version == document.end() || !version->is_number())
        lose(fmt::format("The file does not say its format's version; it was read as version {}.",
                         Session::kFormatVersion));
}

template <class T> void SessionReading::readSettings(const Json& document, const char* key, T& settings)
{
    const auto found = document.find(key);
    if (found == document.end())
        return;
    if (!found->is_object())
        return lose(fmt::format("The '{}' of the file is not an object; the defaults stand in for it.", key));
    std::vector<Problem> problems;
    json::Reader reader(*found, problems, fmt::format("{}.", key));
    fields(reader, settings);
    for (const Problem& problem : problems)
        lose(fmt::format("In the file {}; its default stands in for it.", problem.what));
}

void SessionReading::readNotes(const Json& document)
{
    const auto notes = document.find("notes");
    if (notes != document.end() && !json::decode(*notes, m_loaded.session.notes))
        lose("The 'notes' of the file are not a text and were left out.");
}

void SessionReading::readComparisons(const Json& document)
{
    const auto comparisons = document.find("comparisons");
    if (comparisons == document.end())
        return;
    if (!comparisons->is_array())
        return lose("The 'comparisons' of the file are not a list and were left out.");
    for (const Json& json : *comparisons) {
        std::vector<Problem> problems;
        ComparisonRecord comparison;
        if (json.is_object()) {
            json::Reader reader(json, problems, "comparison.");
            fields(reader, comparison);
        }
        if (comparison.firstId.empty() || comparison.secondId.empty() || comparison.sentence.empty())
            lose("A comparison does not say what was compared and was left out.");
        else
            m_loaded.session.comparisons.push_back(std::move(comparison));
    }
}

void SessionReading::readRecords(const Json& document)
{
    const auto records = document.find("records");
    if (records == document.end())
        return lose("The file holds no list of records.");
    if (!records->is_array())
        return lose("The 'records' of the file are not a list and were left out.");
    m_loaded.session.records.reserve(records->size());
    for (std::size_t i = 0; i < records->size(); ++i)
        readRecord((*records)[i], i + 1);
}

void SessionReading::readRecord(const Json& json, std::size_t number)
{
    json::RecordReading reading = json::toRecord(json);
    const std::string what = json::sentenceOf(reading.problems);
    if (!reading.usable)
        return lose(fmt::format("Record {} was left out: {}.", number, what));
    if (!reading.problems.empty())
        lose(fmt::format("Record {} ({}) is incomplete: {}.", number, reading.record.configuration.model, what));
    m_loaded.session.records.push_back(std::move(reading.record));
}

void SessionReading::makeIdsUnique()
{
    std::set<std::string> taken;
    for (Record& record : m_loaded.session.records) {
        const std::string stem = record.id.empty() ? "record" : record.id;
        if (record.id.empty())
            record.id = stem;
        for (int n = 2; !taken.insert(record.id).second; ++n)
            record.id = fmt::format("{}-{}", stem, n);
    }
}

/// A version that this Lathe does not know.
bool isNewer(const Json& document)
{
    return document.is_object() && document.contains("version") && document["version"].is_number() &&
           document["version"].get<double>() > Session::kFormatVersion;
}

} // namespace

namespace json {

Result<LoadedSession> toSession(const std::string& text, const std::string& subject)
{
    if (text.empty())
        return fail(ErrorCode::BadFile, subject + " is empty; there is nothing in it to open.");
    Salvaged file = parseSalvaging(text);
    if (!isSession(file, text))
        return fail(ErrorCode::BadFile, subject + " is not a Lathe session; open a .lathe file.");
    if (isNewer(file.document))
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} was written by a newer Lathe (format {}; this one reads up "
                                "to {}). Update Lathe to open it.",
                                subject, dump(file.document["version"]), Session::kFormatVersion));
    return SessionReading().read(std::move(file), text);
}

} // namespace json

/// One record a line, so that what a damage leaves whole can be told from what it does not.
std::string sessionToJson(const Session& session)
{
    std::string text = fmt::format("{{\n\"format\": \"{}\",\n\"version\": {},\n", kFormat, Session::kFormatVersion);
    const auto member = [&](const char* key, const json::OrderedJson& value) {
        text += fmt::format("\"{}\": {},\n", key, json::dump(value));
    };
    member("lathe", json::encode(std::string(version())));
    member("setup", json::encode(session.setup));
    member("plot", json::encode(session.plot));
    member("notes", json::encode(session.notes));
    member("comparisons", json::encode(session.comparisons));
    text += "\"records\": [";
    for (std::size_t i = 0; i < session.records.size(); ++i)
        text.append(i == 0 ? "\n" : ",\n").append(recordToJson(session.records[i]));
    return text.append(session.records.empty() ? "]\n}\n" : "\n]\n}\n");
}

Result<LoadedSession> sessionFromJson(const std::string& text)
{
    return json::toSession(text, "The session");
}

} // namespace lathe
