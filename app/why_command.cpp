#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/output.h"
#include "app/reading.h"
#include "core/analysis/explain.h"
#include "core/analysis/significant.h"
#include "core/base/words.h"
#include "core/benchmark/estimate.h"
#include "core/benchmark/peaks_file.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostCandidates = 8; ///< that an error lists

struct Options {
    std::string session;
    std::string which;
    std::string against;
    bool json = false;
};

/// A record with what it is explained by.
struct Known {
    const Record* record = nullptr;
    std::optional<Graph> graph;
    std::optional<Peaks> peaks;

    Subject subject() const { return {*record, graph ? &*graph : nullptr, peaks ? &*peaks : nullptr}; }
};

Known knownOf(const Record& record)
{
    Known known{&record, {}, {}};
    if (const Result<Graph> graph = graphOf(record.configuration))
        known.graph = *graph;
    const int threads = record.configuration.threads;
    if (const auto file = peaksFile(threads))
        if (const Result<Peaks> peaks = readPeaks(*file, threads, record.environment))
            known.peaks = *peaks;
    return known;
}

bool isMeant(const Record& record, const std::string& text)
{
    return record.configuration.model == text || record.id == text;
}

/// By id, model, or the start of an id; all of them without a text.
Result<std::vector<const Record*>> recordsMeant(const Session& session, const std::string& text)
{
    std::vector<const Record*> exact;
    std::vector<const Record*> starting;
    for (const Record& record : session.records) {
        if (text.empty() || isMeant(record, text))
            exact.push_back(&record);
        else if (record.id.starts_with(text))
            starting.push_back(&record);
    }
    if (exact.empty() && starting.empty())
        return session.records.empty()
                   ? fail(ErrorCode::NotFound,
                          "The session holds no records; measure networks with lathe bench --layers --save first.")
                   : fail(ErrorCode::NotFound,
                          fmt::format("The session has no record and no model \"{}\"; lathe why without it names all.",
                                      text));
    return exact.empty() ? starting : exact;
}

std::string ambiguous(const std::string& text, const std::vector<const Record*>& records)
{
    std::vector<std::string> names;
    for (const Record* record : records)
        names.push_back(fmt::format("{} ({} · batch {} · {} {})", record->id, record->configuration.mode,
                                    record->configuration.batch, record->configuration.threads,
                                    record->configuration.threads == 1 ? "thread" : "threads"));
    return fmt::format("\"{}\" is {} records, and a comparison takes one; write the id of {}.", text, records.size(),
                       listText(names, kMostCandidates));
}

Result<const Record*> recordMeant(const Session& session, const std::string& text)
{
    const auto records = recordsMeant(session, text);
    if (!records)
        return tl::unexpected(records.error());
    if (records->size() > 1)
        return fail(ErrorCode::InvalidArgument, ambiguous(text, *records));
    return records->front();
}

/// Each with the record that it is about; of a difference there is none.
void append(Json& list, const std::vector<Explanation>& explanations, const Record* record)
{
    for (const Explanation& explanation : explanations) {
        Json entry = record != nullptr ? Json{{"record", record->id}} : Json::object();
        entry["code"] = explanation.code;
        entry["sentence"] = explanation.sentence;
        entry["share"] = explanation.share ? Json(*explanation.share) : Json();
        entry["layers"] = explanation.layers;
        list.push_back(std::move(entry));
    }
}

Json headJson(const Record& record)
{
    const Configuration& c = record.configuration;
    return {{"record", record.id}, {"model", c.model},     {"mode", c.mode},
            {"batch", c.batch},    {"threads", c.threads}, {"latency_ms", record.latency.median}};
}

void printDocument(const Json& document)
{
    fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print(const std::vector<Explanation>& explanations, const std::vector<std::string>& missing)
{
    for (const Explanation& explanation : explanations)
        fmt::print("{:>6}  {}\n",
                   explanation.share ? formatSignificant(100.0 * *explanation.share, 2) + " %" : std::string(),
                   printable(explanation.sentence));
    for (const std::string& sentence : missing)
        fmt::print("        {}\n", printable(sentence));
}

void explainAsJson(const Session& session, const std::vector<const Record*>& records)
{
    Json heads = Json::array();
    Json explanations = Json::array();
    for (const Record* record : records) {
        const Known known = knownOf(*record);
        append(explanations, explain(known.subject(), session.records), record);
        heads.push_back(headJson(*record));
        heads.back()["missing"] = missingEvidence(known.subject());
    }
    printDocument({{"records", heads}, {"explanations", explanations}});
}

void explainAsText(const Session& session, const std::vector<const Record*>& records)
{
    for (const Record* record : records) {
        const Known known = knownOf(*record);
        fmt::print("{}{}  {}\n", record == records.front() ? "" : "\n", printable(describe(record->configuration)),
                   printable(record->id));
        print(explain(known.subject(), session.records), missingEvidence(known.subject()));
    }
}

Result<void> explainPair(const Session& session, const Options& options)
{
    if (options.which.empty())
        return fail(ErrorCode::InvalidArgument,
                    "A comparison takes two records; write lathe why SESSION RECORD --against OTHER.");
    const auto first = recordMeant(session, options.which);
    const auto second = recordMeant(session, options.against);
    if (!first || !second)
        return tl::unexpected(!first ? first.error() : second.error());
    if (*first == *second)
        return fail(ErrorCode::InvalidArgument, "A record does not differ from itself; name another --against it.");
    const Known a = knownOf(**first);
    const Known b = knownOf(**second);
    const auto explanations = explainDifference(a.subject(), b.subject());
    if (!options.json) {
        print(explanations, {});
        return {};
    }
    Json list = Json::array();
    append(list, explanations, nullptr);
    printDocument({{"record", headJson(**first)}, {"against", headJson(**second)}, {"explanations", list}});
    return {};
}

Result<void> why(const Options& options)
{
    const Result<Session> session = openForReading(options.session);
    if (!session)
        return tl::unexpected(session.error());
    if (!options.against.empty())
        return explainPair(*session, options);
    const auto records = recordsMeant(*session, options.which);
    if (!records)
        return tl::unexpected(records.error());
    (options.json ? explainAsJson : explainAsText)(*session, *records);
    return {};
}

} // namespace

void addWhy(CLI::App& app, Action& action)
{
    CLI::App* command =
        app.add_subcommand("why", "What accounts for the time of a session's records, with the numbers");
    const auto options = std::make_shared<Options>();
    command->add_option("session", options->session, "A .lathe file")->required();
    command->add_option("record", options->which, "A record's id, the start of one, or a model; all by default");
    command->add_option("--against", options->against, "Another record: what accounts for the difference");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return why(*options); }; });
}

} // namespace lathe::cli
