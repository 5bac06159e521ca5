#include "core/analysis/choice_text.h"

#include <algorithm>
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
    const bool readable = budget.limit >= 1e-4 && budget.limit < 1e9; // without an exponent
    return fmt::format("{} {}", readable ? formatSignificant(budget.limit, 4) : fmt::format("{:g}", budget.limit),
                       unitName(budget.quantity));
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

/// The one candidate there is; there is nothing to compare it with.
std::string aloneSentence(const Choice& choice)
{
    const Candidate& candidate = choice.candidates.front();
    const std::string alone = fmt::format("{}, the only network to choose from,", candidate.name);
    const auto figure = candidate.figure(choice.preferred);
    if (candidate.keepsAll && !figure)
        return fmt::format("{} has no {} that is known; prefer another quantity.", alone,
                           quantityWord(choice.preferred));
    if (candidate.keepsAll && choice.budgets.empty())
        return fmt::format("{} has the {} {}.", alone, quantityWord(choice.preferred),
                           measureText(*figure, choice.preferred));
    if (candidate.keepsAll)
        return fmt::format("{} keeps {}.", alone, budgetsText(choice));
    std::vector<std::string> broken;
    for (std::size_t i = 0; i < choice.budgets.size(); ++i)
        if (!keeps(candidate.standings[i]))
            broken.push_back(budgetText(choice.budgets[i]));
    return fmt::format("{} does not keep {}.", alone, fmt::join(broken, ", nor "));
}

std::string bestSentence(const Choice& choice, const std::vector<Record>& records)
{
    const Candidate& best = choice.candidates[*choice.best];
    const std::string has = fmt::format("{} has the {}, {}", best.name, preferenceText(choice.preferred),
                                        measureText(*best.figure(choice.preferred), choice.preferred));
    const std::string_view kind = kindOf(choice, records);
    if (choice.budgets.empty())
        return fmt::format("{}, of {} {}.", has, choice.candidates.size(), kind);
    if (choice.keeping() == choice.candidates.size())
        return fmt::format("{}, of {} {}, {} of which keep {}.", has, choice.candidates.size(), kind,
                           choice.candidates.size() == 2 ? "both" : "all", budgetsText(choice));
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

/// What the runner-up would cost, and what it would give in return.
struct Sides {
    std::vector<std::string> worse;
    std::vector<std::string> better;
};

Sides sidesOf(const std::vector<Difference>& differences)
{
    Sides sides;
    for (const Difference& difference : differences)
        if (isWorthTelling(difference))
            (difference.better ? sides.better : sides.worse).push_back(differenceText(difference));
    return sides;
}

/// `others` are of the quantities that nobody asked about: they fill a side that would otherwise be denied.
std::string runnerUpSentence(const Choice& choice, const std::vector<Difference>& asked,
                             const std::vector<Difference>& others)
{
    auto [worse, better] = sidesOf(asked);
    const Sides further = sidesOf(others);
    if (worse.empty())
        worse = further.worse;
    if (better.empty())
        better = further.better;
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

bool haveOneBatch(const Choice& choice, const std::vector<Record>& records)
{
    const auto batch = [&](std::size_t candidate) {
        return records[choice.candidates[candidate].record].configuration.batch;
    };
    return choice.best && choice.runnerUp && batch(*choice.best) == batch(*choice.runnerUp);
}

/// The quantities that are not among the `told`; again one of throughput and latency at equal batch sizes.
std::vector<Quantity> furtherQuantities(const std::vector<Quantity>& told, bool oneBatch)
{
    const auto isTold = [&](Quantity quantity) { return std::find(told.begin(), told.end(), quantity) != told.end(); };
    std::vector<Quantity> further;
    for (const Quantity quantity : choiceQuantities()) {
        const bool saidByTheOther = oneBatch && (quantity == Quantity::Throughput ||
                                                 (quantity == Quantity::Latency && isTold(Quantity::Throughput)));
        if (!isTold(quantity) && !saidByTheOther)
            further.push_back(quantity);
    }
    return further;
}

std::vector<Difference> runnerUpDifferences(const Choice& choice, const std::vector<Quantity>& quantities)
{
    std::vector<Difference> differences;
    for (const Quantity quantity : quantities)
        if (const auto d = difference(choice.candidates[*choice.best], choice.candidates[*choice.runnerUp], quantity))
            differences.push_back(*d);
    return differences;
}

void tellRunnerUp(std::vector<std::string>& sentences, const Choice& choice, const std::vector<Record>& records)
{
    const std::vector<Quantity> telling = tellingQuantities(choice, records);
    const std::vector<Difference> differences = runnerUpDifferences(choice, telling);
    const auto further = furtherQuantities(telling, haveOneBatch(choice, records));
    sentences.push_back(runnerUpSentence(choice, differences, runnerUpDifferences(choice, further)));
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
    if (haveOneBatch(choice, records) && asked.contains(Quantity::Latency))
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
    sentences.push_back(choice.candidates.size() == 1 ? aloneSentence(choice)
                        : choice.best                 ? bestSentence(choice, records)
                                                      : noneSentence(choice, records));
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
