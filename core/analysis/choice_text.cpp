#include "core/analysis/choice_text.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/base/words.h"

namespace lathe {

namespace {

bool hasInterval(const Difference& difference)
{
    return difference.ratioHigh > difference.ratioLow;
}

std::string limitText(const Budget& budget)
{
    return fmt::format("{} {}", formatSignificant(budget.limit, 4), unitName(budget.quantity));
}

/// Shown, and of figures that have no interval more than a trifle.
bool isWorthTelling(const Difference& difference)
{
    constexpr double kTrifle = 0.01;
    const bool large = difference.quantity == Quantity::Top1 || std::abs(difference.ratio - 1.0) >= kTrifle;
    return difference.shown && (hasInterval(difference) || large);
}

/// Networks where each is there once, or else configurations of them.
std::string_view kindOf(const Choice& choice, const std::vector<Record>& records)
{
    std::set<std::string> models;
    for (const Candidate& candidate : choice.candidates)
        models.insert(records[candidate.record].configuration.model);
    return models.size() == choice.candidates.size() ? "networks" : "configurations";
}

std::string budgetsText(const Choice& choice)
{
    std::vector<std::string> texts;
    for (const Budget& budget : choice.budgets)
        texts.push_back(budgetText(budget));
    return listText(texts);
}

std::string bestSentence(const Choice& choice, const std::vector<Record>& records)
{
    const Candidate& best = choice.candidates[*choice.best];
    const std::string has = fmt::format("{} has the {}, {}", best.name, preferenceText(choice.preferred),
                                        measureText(*best.figure(choice.preferred), choice.preferred));
    const std::string_view kind = kindOf(choice, records);
    if (choice.budgets.empty())
        return fmt::format("{}, of {} {}.", has, choice.candidates.size(), kind);
    if (choice.keeping() == 1)
        return fmt::format("{} is the only one of {} {} that keeps {}.", best.name, choice.candidates.size(), kind,
                           budgetsText(choice));
    return fmt::format("{}, of the {} of {} {} that keep {}.", has, choice.keeping(), choice.candidates.size(), kind,
                       budgetsText(choice));
}

/// "19.3 to 20.3 ms".
std::string intervalText(const Measure& figure, Quantity quantity)
{
    return fmt::format("{} to {} {}", formatSignificant(figure.low), formatSignificant(figure.high),
                       unitName(quantity));
}

void tellNarrowlyKept(std::vector<std::string>& sentences, const Choice& choice, const Candidate& candidate)
{
    for (std::size_t i = 0; i < choice.budgets.size(); ++i) {
        const Budget& budget = choice.budgets[i];
        if (candidate.standings[i] == Standing::NarrowlyKept)
            sentences.push_back(fmt::format(
                "{} keeps {} by its median alone: its 95 % interval ({}) reaches over the limit.", candidate.name,
                budgetText(budget), intervalText(*candidate.figure(budget.quantity), budget.quantity)));
    }
}

std::string runnerUpSentence(const Choice& choice, const std::vector<Difference>& differences)
{
    std::vector<std::string> worse, better;
    for (const Difference& difference : differences)
        if (isWorthTelling(difference))
            (difference.better ? better : worse).push_back(differenceText(difference));
    const std::string& name = choice.candidates[*choice.runnerUp].name;
    if (worse.empty() && better.empty())
        return fmt::format("The runner-up is {}; nothing shows that choosing it would cost anything.", name);
    if (worse.empty())
        return fmt::format("The runner-up is {}; choosing it would mean {}, and no cost is shown.", name,
                           listText(better));
    if (better.empty())
        return fmt::format("The runner-up is {}; choosing it would mean {}, and nothing better in return.", name,
                           listText(worse));
    return fmt::format("The runner-up is {}; choosing it would mean {}, but {}.", name, listText(worse),
                       listText(better));
}

std::vector<Difference> runnerUpDifferences(const Choice& choice, const std::vector<Record>& records)
{
    std::vector<Difference> differences;
    for (const Quantity quantity : tellingQuantities(choice, records))
        if (const auto d = difference(choice.candidates[*choice.best], choice.candidates[*choice.runnerUp], quantity))
            differences.push_back(*d);
    return differences;
}

void tellRunnerUp(std::vector<std::string>& sentences, const Choice& choice, const std::vector<Record>& records)
{
    const std::vector<Difference> differences = runnerUpDifferences(choice, records);
    sentences.push_back(runnerUpSentence(choice, differences));
    std::vector<std::string> unclear;
    for (const Difference& difference : differences)
        if (hasInterval(difference) && !difference.shown)
            unclear.emplace_back(quantityWord(difference.quantity));
    if (!unclear.empty())
        sentences.push_back(
            fmt::format("No difference in {} is shown between them: their 95 % intervals overlap.", listText(unclear)));
    tellNarrowlyKept(sentences, choice, choice.candidates[*choice.runnerUp]);
}

void tellNearMiss(std::vector<std::string>& sentences, const Choice& choice)
{
    const Candidate& candidate = choice.candidates[*choice.nearMiss];
    std::vector<std::string> missed;
    for (std::size_t i = 0; i < choice.budgets.size(); ++i)
        if (candidate.standings[i] == Standing::NarrowlyBroken)
            missed.push_back(
                fmt::format("{} ({})", budgetText(choice.budgets[i]),
                            measureText(*candidate.figure(choice.budgets[i].quantity), choice.budgets[i].quantity)));
    sentences.push_back(fmt::format("{} would come first, and misses {} by less than its 95 % interval.",
                                    candidate.name, listText(missed)));
}

std::string noneSentence(const Choice& choice, const std::vector<Record>& records)
{
    const std::string_view kind = kindOf(choice, records);
    if (choice.keeping() > 0)
        return fmt::format("No {} is known of what keeps {}; prefer another quantity.", quantityWord(choice.preferred),
                           choice.budgets.empty() ? "the budgets" : budgetsText(choice));
    if (choice.budgets.size() == 1)
        return fmt::format("None of {} {} keeps {}.", choice.candidates.size(), kind, budgetsText(choice));
    std::vector<std::string> counts;
    for (std::size_t i = 0; i < choice.budgets.size(); ++i)
        counts.push_back(fmt::format("{} by {}", budgetText(choice.budgets[i]), choice.keeping(i)));
    return fmt::format("None of {} {} keeps all budgets; alone, each is kept: {}.", choice.candidates.size(), kind,
                       listText(counts));
}

void tellUnknown(std::vector<std::string>& sentences, const Choice& choice)
{
    for (std::size_t i = 0; i < choice.budgets.size(); ++i) {
        std::vector<std::string> names;
        for (const Candidate& candidate : choice.candidates)
            if (candidate.standings[i] == Standing::Unknown)
                names.push_back(candidate.name);
        if (!names.empty())
            sentences.push_back(fmt::format("No {} is known of {}, which therefore cannot keep its budget.",
                                            quantityWord(choice.budgets[i].quantity), listText(names, 3)));
    }
}

} // namespace

std::string budgetText(const Budget& budget)
{
    return fmt::format("{} {} {}", quantityWord(budget.quantity),
                       smallerIsBetter(budget.quantity) ? "at most" : "at least", limitText(budget));
}

std::string preferenceText(Quantity quantity)
{
    switch (quantity) {
    case Quantity::Params:
    case Quantity::Macs:
        return fmt::format("fewest {}", quantityWord(quantity));
    case Quantity::FileSize:
        return "smallest file";
    default:
        return fmt::format("{} {}", smallerIsBetter(quantity) ? "lowest" : "highest", quantityWord(quantity));
    }
}

std::string differenceText(const Difference& difference)
{
    if (difference.quantity == Quantity::Top1)
        return fmt::format("{:.2f} points of top-1 {}", std::abs(difference.points),
                           difference.better ? "more" : "less");
    const std::string text =
        fmt::format("{} times the {}", formatSignificant(difference.ratio), quantityWord(difference.quantity));
    if (!hasInterval(difference))
        return text;
    return fmt::format("{} ({} to {})", text, formatSignificant(difference.ratioLow),
                       formatSignificant(difference.ratioHigh));
}

std::vector<Quantity> tellingQuantities(const Choice& choice, const std::vector<Record>& records)
{
    std::set<Quantity> asked(choice.axes.begin(), choice.axes.end());
    asked.insert(choice.preferred);
    for (const Budget& budget : choice.budgets)
        asked.insert(budget.quantity);
    const auto batch = [&](std::size_t candidate) {
        return records[choice.candidates[candidate].record].configuration.batch;
    };
    const bool sameBatch = choice.best && choice.runnerUp && batch(*choice.best) == batch(*choice.runnerUp);
    if (sameBatch && asked.contains(Quantity::Latency))
        asked.erase(choice.preferred == Quantity::Throughput ? Quantity::Latency : Quantity::Throughput);
    std::vector<Quantity> telling;
    for (const Quantity quantity : choiceQuantities())
        if (asked.contains(quantity))
            telling.push_back(quantity);
    return telling;
}

std::vector<std::string> choiceSentences(const Choice& choice, const std::vector<Record>& records)
{
    std::vector<std::string> sentences;
    if (choice.candidates.empty())
        return sentences;
    sentences.push_back(choice.best ? bestSentence(choice, records) : noneSentence(choice, records));
    if (choice.best)
        tellNarrowlyKept(sentences, choice, choice.candidates[*choice.best]);
    if (choice.runnerUp)
        tellRunnerUp(sentences, choice, records);
    if (choice.nearMiss)
        tellNearMiss(sentences, choice);
    tellUnknown(sentences, choice);
    return sentences;
}

} // namespace lathe
