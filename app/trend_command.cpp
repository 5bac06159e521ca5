#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/output.h"
#include "app/reading.h"
#include "core/analysis/series.h"
#include "core/analysis/significant.h"
#include "core/analysis/timm_join.h"
#include "core/analysis/trend_report.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string session;
    std::string x; ///< empty: params, then macs
    std::string y = "throughput";
    std::string conditions;
    std::string table;
    bool json = false;
};

/// What was measured here beside a table of another machine.
struct Joined {
    TimmTable table;
    std::vector<TimmPair> pairs;
};

Json toJson(const TypeLaw& law, const TrendReport& report)
{
    Json residuals = Json::array();
    for (const Residual& residual : law.residuals)
        residuals.push_back({{"name", report.points[residual.point].name},
                             {"x", report.points[residual.point].x},
                             {"y", report.points[residual.point].y},
                             {"factor", residual.factor},
                             {"usual_factor", residual.usual},
                             {"unusual", residual.unusual}});
    return {{"type", law.type},
            {"exponent", law.law.exponent},
            {"exponent_low", law.law.exponentLow},
            {"exponent_high", law.law.exponentHigh},
            {"factor", law.law.factor},
            {"r_squared", law.law.rSquared},
            {"networks", law.law.points},
            {"from", law.lowX},
            {"to", law.highX},
            {"residuals", residuals}};
}

/// Of a type without a law: there is nothing to hold it against.
Json withoutLaw(const TrendReport& report)
{
    Json points = Json::array();
    for (const std::size_t i : pointsWithoutLaw(report)) {
        const TrendPoint& point = report.points[i];
        points.push_back(
            {{"name", point.name}, {"type", point.type}, {"x", point.x}, {"y", point.y}, {"factor", Json()}});
    }
    return points;
}

Json toJson(const TrendReport& report)
{
    Json laws = Json::array();
    for (const TypeLaw& law : report.laws)
        laws.push_back(toJson(law, report));
    Json comparisons = Json::array();
    for (const LawComparison& c : report.comparisons)
        comparisons.push_back({{"first", c.first},
                               {"second", c.second},
                               {"at", c.at},
                               {"ratio", c.ratio},
                               {"low", c.low},
                               {"high", c.high},
                               {"shown", c.shown()}});
    return {{"x", quantityName(report.x)},        {"y", quantityName(report.y)},
            {"conditions", report.conditions},    {"laws", laws},
            {"without_law", withoutLaw(report)},  {"comparisons", comparisons},
            {"sentences", trendSentences(report)}};
}

Json toJson(const Joined& joined, Quantity quantity, const std::vector<Record>& records)
{
    Json pairs = Json::array();
    for (const TimmPair& pair : joined.pairs)
        pairs.push_back({{"name", records[pair.record].configuration.model},
                         {"row", joined.table.rows[pair.row].model},
                         {"here", pair.here},
                         {"there", pair.there}});
    const auto agreement = orderAgreement(joined.pairs);
    return {{"name", joined.table.name},
            {"spearman", agreement ? Json(agreement->rho) : Json()},
            {"low", agreement ? Json(agreement->low) : Json()},
            {"high", agreement ? Json(agreement->high) : Json()},
            {"sentence", orderSentence(joined.table, joined.pairs, quantity)},
            {"pairs", pairs}};
}

std::vector<std::string> toRow(const TrendPoint& point, const std::string& factor, const std::string& remark)
{
    return {point.name, typeTitle(point.type), formatSignificant(point.x), formatSignificant(point.y), factor, remark};
}

void print(const TrendReport& report)
{
    std::vector<std::vector<std::string>> rows;
    for (const TypeLaw& law : report.laws)
        for (const Residual& residual : law.residuals)
            rows.push_back(toRow(report.points[residual.point], formatSignificant(residual.factor),
                                 residual.unusual ? "unusual" : ""));
    for (const std::size_t i : pointsWithoutLaw(report))
        rows.push_back(toRow(report.points[i], {}, {}));
    if (!rows.empty())
        printTable({"network", "type", axisTitle(report.x), axisTitle(report.y), "times the law", ""}, rows);
    for (const std::string& sentence : trendSentences(report))
        fmt::print("{}\n", sentence);
    fmt::print("\n");
}

std::vector<Quantity> axesOf(const Options& options)
{
    if (const auto x = quantityFromName(options.x))
        return {*x};
    return {Quantity::Params, Quantity::Macs};
}

Result<std::string> conditionsFrom(const Options& options, const std::vector<Record>& records)
{
    const std::vector<std::string> all = trendConditions(records);
    if (all.empty())
        return fail(ErrorCode::NotFound,
                    "The session holds no records; measure networks with lathe bench --save first.");
    if (options.conditions.empty())
        return all.front();
    if (std::find(all.begin(), all.end(), options.conditions) != all.end())
        return options.conditions;
    return fail(ErrorCode::InvalidArgument, fmt::format("Nothing was measured under \"{}\"; there is {}.",
                                                        options.conditions, fmt::join(all, "; ")));
}

std::vector<TrendReport> reportsOf(const Options& options, const std::vector<Record>& records,
                                   const std::string& conditions)
{
    const Quantity y = quantityFromName(options.y).value_or(Quantity::Throughput);
    std::vector<TrendReport> reports;
    for (const Quantity x : axesOf(options)) {
        reports.push_back(reportOn(trendPoints(records, x, y, conditions), x, y));
        reports.back().conditions = conditions;
    }
    return reports;
}

Result<std::optional<Joined>> joinedTo(const Options& options, const std::vector<Record>& records,
                                       const TrendReport& report)
{
    if (options.table.empty())
        return std::optional<Joined>();
    return readTimmTable(options.table).map([&](const TimmTable& table) {
        std::vector<std::size_t> chosen;
        for (const TrendPoint& point : report.points)
            chosen.push_back(*point.record);
        return std::optional(Joined{table, joinTimm(table, records, chosen, report.y)});
    });
}

void printJson(const std::vector<TrendReport>& reports, const std::optional<Joined>& joined,
               const std::vector<Record>& records)
{
    Json document{{"trends", Json::array()}};
    for (const TrendReport& report : reports)
        document["trends"].push_back(toJson(report));
    document["table"] = joined ? toJson(*joined, reports.front().y, records) : Json();
    fmt::print("{}\n", document.dump(2));
}

void printAll(const std::vector<TrendReport>& reports, const std::optional<Joined>& joined)
{
    fmt::print("{}\n\n", reports.front().conditions);
    for (const TrendReport& report : reports)
        print(report);
    if (joined)
        fmt::print("{}\n", orderSentence(joined->table, joined->pairs, reports.front().y));
}

Result<void> tell(const Options& options)
{
    const Result<Session> session = openForReading(options.session);
    if (!session)
        return tl::unexpected(session.error());
    const Result<std::string> conditions = conditionsFrom(options, session->records);
    if (!conditions)
        return tl::unexpected(conditions.error());
    const std::vector<TrendReport> reports = reportsOf(options, session->records, *conditions);
    const auto joined = joinedTo(options, session->records, reports.front());
    if (!joined)
        return tl::unexpected(joined.error());
    if (options.json)
        printJson(reports, *joined, session->records);
    else
        printAll(reports, *joined);
    return {};
}

} // namespace

void addTrend(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("trend", "What size costs: a power law for each type of network");
    const auto options = std::make_shared<Options>();
    command->add_option("session", options->session, "A .lathe file")->required();
    command->add_option("--x", options->x, "Size: params or macs (both)")->check(CLI::IsMember({"params", "macs"}));
    command->add_option("--y", options->y, "throughput or latency")->check(CLI::IsMember({"throughput", "latency"}));
    command->add_option("--conditions", options->conditions,
                        "What was measured together: \"eager · batch 1 · 2 threads\" (those of most networks)");
    command->add_option("--table", options->table,
                        "A timm benchmark table whose order is compared with the order here");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return tell(*options); }; });
}

} // namespace lathe::cli
