#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/output.h"
#include "app/reading.h"
#include "core/analysis/choice_text.h"
#include "core/base/words.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string session;
    std::vector<std::string> most;
    std::vector<std::string> least;
    std::string prefer;
    std::vector<std::string> axes{"latency", "top1"};
    bool json = false;
};

std::string namesOfQuantities()
{
    std::vector<std::string> names;
    for (const Quantity quantity : choiceQuantities())
        names.emplace_back(quantityName(quantity));
    return listText(names);
}

Result<Quantity> quantityOf(const std::string& name)
{
    const auto& known = choiceQuantities();
    const auto quantity = quantityFromName(name);
    if (quantity && std::find(known.begin(), known.end(), *quantity) != known.end())
        return *quantity;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no quantity \"{}\" to choose by; there are {}.", name, namesOfQuantities()));
}

/// People say what they prefer in these words too.
Result<std::optional<Quantity>> preferenceOf(const std::string& name)
{
    if (name.empty())
        return std::optional<Quantity>();
    const std::string quantity = name == "accuracy" ? "top1"
                                 : name == "speed"  ? "throughput"
                                 : name == "size"   ? "file_size"
                                                    : name;
    return quantityOf(quantity).map([](Quantity q) { return std::optional(q); });
}

/// Accuracies are fractions on the command line, and percent on the axes.
double perUnit(Quantity quantity)
{
    return quantity == Quantity::Top1 ? 100.0 : 1.0;
}

std::optional<double> numberOf(std::string_view text)
{
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && std::isfinite(value) && value > 0.0 ? std::optional(value) : std::nullopt; // it reads "inf" too
}

/// "latency=20" of --max or --min.
Result<Budget> budgetOf(const std::string& text, bool most)
{
    const std::size_t equals = text.find('=');
    const auto limit = equals == std::string::npos ? std::nullopt : numberOf(std::string_view(text).substr(equals + 1));
    if (!limit)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no budget; write a quantity and a number above 0, like latency=20.", text));
    const Result<Quantity> quantity = quantityOf(text.substr(0, equals));
    if (!quantity)
        return tl::unexpected(quantity.error());
    if (smallerIsBetter(*quantity) != most)
        return fail(ErrorCode::InvalidArgument, fmt::format("{} {} is better; write --{} {}.", most ? "More" : "Less",
                                                            quantityWord(*quantity), most ? "min" : "max", text));
    if (*quantity == Quantity::Top1 && *limit > 1.0)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no accuracy; write a fraction, like top1=0.75.", text));
    return Budget{*quantity, *limit * perUnit(*quantity)};
}

Result<void> addBudgets(ChoiceQuestion& question, const std::vector<std::string>& texts, bool most)
{
    for (const std::string& text : texts) {
        const Result<Budget> budget = budgetOf(text, most);
        if (!budget)
            return tl::unexpected(budget.error());
        for (const Budget& known : question.budgets)
            if (known.quantity == budget->quantity)
                return fail(ErrorCode::InvalidArgument, fmt::format("There is more than one budget of {}; write one.",
                                                                    quantityWord(budget->quantity)));
        question.budgets.push_back(*budget);
    }
    return {};
}

Result<ChoiceQuestion> questionFrom(const Options& options)
{
    ChoiceQuestion question;
    question.axes.clear();
    for (const std::string& name : options.axes) {
        const Result<Quantity> axis = quantityOf(name);
        if (!axis)
            return tl::unexpected(axis.error());
        question.axes.push_back(*axis);
    }
    if (question.axes.size() < 2 || question.axes.size() > 3)
        return fail(ErrorCode::InvalidArgument, "A front is over two or three quantities; write --axes latency,top1.");
    return addBudgets(question, options.most, true)
        .and_then([&] { return addBudgets(question, options.least, false); })
        .and_then([&] { return preferenceOf(options.prefer); })
        .map([&](std::optional<Quantity> prefer) {
            question.prefer = prefer;
            return question;
        });
}

Json toJson(const Measure& figure, Quantity quantity, const Record& record)
{
    const double unit = perUnit(quantity);
    return {{"value", figure.value / unit},
            {"low", figure.low / unit},
            {"high", figure.high / unit},
            {"unit", quantity == Quantity::Top1 ? "fraction" : unitName(quantity)},
            {"source", provenanceName(provenanceOf(record, quantity))}};
}

Json toJson(const Candidate& candidate, const Choice& choice, const Record& record)
{
    Json figures = Json::object();
    for (const auto& [quantity, figure] : candidate.figures)
        figures[std::string(quantityName(quantity))] = toJson(figure, quantity, record);
    Json budgets = Json::object();
    for (std::size_t i = 0; i < choice.budgets.size(); ++i)
        budgets[std::string(quantityName(choice.budgets[i].quantity))] = standingName(candidate.standings[i]);
    return {{"name", candidate.name},
            {"record", record.id},
            {"model", record.configuration.model},
            {"keeps_budgets", candidate.keepsAll},
            {"front", candidate.onFront},
            {"budgets", budgets},
            {"figures", figures}};
}

Json nameOf(const Choice& choice, const std::optional<std::size_t>& candidate)
{
    return candidate ? Json(choice.candidates[*candidate].name) : Json();
}

Json idOf(const Choice& choice, const std::vector<Record>& records, const std::optional<std::size_t>& candidate)
{
    return candidate ? Json(records[choice.candidates[*candidate].record].id) : Json();
}

Json toJson(const Choice& choice, const std::vector<Record>& records)
{
    Json budgets = Json::array();
    for (const Budget& budget : choice.budgets)
        budgets.push_back(
            {{"quantity", quantityName(budget.quantity)},
             {smallerIsBetter(budget.quantity) ? "max" : "min", budget.limit / perUnit(budget.quantity)}});
    Json axes = Json::array();
    for (const Quantity axis : choice.axes)
        axes.push_back(quantityName(axis));
    Json candidates = Json::array();
    for (const Candidate& candidate : choice.candidates)
        candidates.push_back(toJson(candidate, choice, records[candidate.record]));
    return {{"prefer", quantityName(choice.preferred)},
            {"budgets", budgets},
            {"axes", axes},
            {"best", nameOf(choice, choice.best)},
            {"best_id", idOf(choice, records, choice.best)},
            {"runner_up", nameOf(choice, choice.runnerUp)},
            {"runner_up_id", idOf(choice, records, choice.runnerUp)},
            {"near_miss", nameOf(choice, choice.nearMiss)},
            {"near_miss_id", idOf(choice, records, choice.nearMiss)},
            {"sentences", choiceSentences(choice, records)},
            {"candidates", candidates}};
}

std::vector<std::string> toRow(const Candidate& candidate)
{
    std::vector<std::string> row{candidate.name};
    for (const Quantity quantity : choiceQuantities()) {
        const auto figure = candidate.figure(quantity);
        row.push_back(figure ? measureText(*figure, quantity) : "–");
    }
    row.emplace_back(candidate.onFront ? "front" : "");
    row.emplace_back(candidate.keepsAll ? "keeps" : "breaks");
    return row;
}

/// "measured here: throughput, latency and peak memory."
void printSources(const Choice& choice, const std::vector<Record>& records)
{
    for (const Provenance provenance : {Provenance::Measured, Provenance::Computed, Provenance::Published}) {
        std::vector<std::string> words;
        for (const Quantity quantity : choiceQuantities())
            if (std::any_of(choice.candidates.begin(), choice.candidates.end(), [&](const Candidate& c) {
                    return c.figure(quantity) && provenanceOf(records[c.record], quantity) == provenance;
                }))
                words.emplace_back(quantityWord(quantity));
        if (!words.empty())
            fmt::print("  {}: {}\n", provenanceText(provenance), listText(words));
    }
}

void print(const Choice& choice, const std::vector<Record>& records)
{
    std::vector<std::string> header{"network"};
    for (const Quantity quantity : choiceQuantities())
        header.emplace_back(quantityWord(quantity));
    header.emplace_back("front");
    header.emplace_back("budgets");
    std::vector<std::vector<std::string>> rows;
    for (const Candidate& candidate : choice.candidates)
        rows.push_back(toRow(candidate));
    printTable(header, rows);
    printSources(choice, records);
    fmt::print("\n");
    for (const std::string& sentence : choiceSentences(choice, records))
        fmt::print("{}\n", sentence);
    if (choice.leftOut > 0)
        fmt::print("{} left out: earlier repeats, or measured on another machine.\n",
                   choice.leftOut == 1 ? "1 record is" : fmt::format("{} records are", choice.leftOut));
}

Result<void> answer(const Options& options)
{
    const Result<ChoiceQuestion> question = questionFrom(options);
    if (!question)
        return tl::unexpected(question.error());
    const Result<Session> session = openForReading(options.session);
    if (!session)
        return tl::unexpected(session.error());
    const Choice choice = choose(session->records, *question);
    if (choice.candidates.empty())
        return fail(ErrorCode::NotFound,
                    "The session holds no records; measure networks with lathe bench --save first.");
    if (options.json)
        fmt::print("{}\n", toJson(choice, session->records).dump(2));
    else
        print(choice, session->records);
    return {};
}

} // namespace

void addChoose(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("choose", "The network that keeps your budgets best, among those measured");
    const auto options = std::make_shared<Options>();
    command->add_option("session", options->session, "A .lathe file")->required();
    addListOption(*command, "--max", options->most,
                  "Budgets: latency=20 (ms), params=30 (M), macs=4 (G), file_size=100 (MB), peak_memory=500 (MB)");
    addListOption(*command, "--min", options->least, "Budgets: top1=0.75 (fraction), throughput=50 (images/s)");
    command->add_option("--prefer", options->prefer,
                        "What counts among those that keep them: accuracy, speed, size, or a quantity (accuracy, or "
                        "speed where there is a budget of top1)");
    addListOption(*command, "--axes", options->axes, "Two or three quantities of the front (latency,top1)");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return answer(*options); }; });
}

} // namespace lathe::cli
