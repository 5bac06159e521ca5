#include "core/analysis/choice.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/analysis/pareto.h"
#include "core/analysis/series.h"
#include "core/architectures/catalogue.h"

namespace lathe {

namespace {

bool isBetter(double a, double b, Quantity quantity)
{
    return smallerIsBetter(quantity) ? a < b : a > b;
}

/// The preferred first, then what most people would ask next.
std::vector<Quantity> rankingOf(Quantity preferred)
{
    std::vector<Quantity> ranking{preferred};
    for (const Quantity next : {Quantity::Top1, Quantity::Throughput, Quantity::Latency, Quantity::FileSize})
        if (next != preferred)
            ranking.push_back(next);
    return ranking;
}

/// Whether a goes before b. What has no such figure goes last.
bool goesBefore(const Candidate& a, const Candidate& b, const std::vector<Quantity>& ranking)
{
    for (const Quantity quantity : ranking) {
        const auto x = a.figure(quantity);
        const auto y = b.figure(quantity);
        if (x.has_value() != y.has_value())
            return x.has_value();
        if (x && x->value != y->value)
            return isBetter(x->value, y->value, quantity);
    }
    return false;
}

Candidate candidateOf(const Record& record, std::size_t index, const std::string& name,
                      const std::vector<Budget>& budgets)
{
    Candidate candidate{.record = index, .name = name, .figures = {}, .standings = {}};
    for (const Quantity quantity : choiceQuantities())
        if (const auto figure = measure(record, quantity))
            candidate.figures[quantity] = *figure;
    for (const Budget& budget : budgets)
        candidate.standings.push_back(standing(candidate.figure(budget.quantity), budget));
    candidate.keepsAll = std::all_of(candidate.standings.begin(), candidate.standings.end(), keeps);
    return candidate;
}

std::vector<std::size_t> frontOf(const std::vector<Candidate>& candidates, const std::vector<Quantity>& axes)
{
    std::vector<std::vector<double>> points;
    std::vector<bool> directions;
    for (const Candidate& candidate : candidates) {
        std::vector<double>& point = points.emplace_back();
        for (const Quantity axis : axes) {
            const auto figure = candidate.figure(axis);
            point.push_back(figure ? figure->value : std::numeric_limits<double>::quiet_NaN());
        }
    }
    for (const Quantity axis : axes)
        directions.push_back(smallerIsBetter(axis));
    return paretoFront(points, directions);
}

bool missesNarrowly(const Candidate& candidate)
{
    return !candidate.keepsAll && std::all_of(candidate.standings.begin(), candidate.standings.end(),
                                              [](Standing s) { return keeps(s) || s == Standing::NarrowlyBroken; });
}

/// The candidate that goes first among those that `accept`s.
template <class Accept>
std::optional<std::size_t> first(const std::vector<Candidate>& candidates, const std::vector<Quantity>& ranking,
                                 Accept accept)
{
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].figure(ranking.front()) && accept(candidates[i]) &&
            (!found || goesBefore(candidates[i], candidates[*found], ranking)))
            found = i;
    return found;
}

const std::string& modelOf(const Candidate& candidate, const std::vector<Record>& records)
{
    return records[candidate.record].configuration.model;
}

void rank(Choice& choice, const std::vector<Record>& records)
{
    const std::vector<Quantity> ranking = rankingOf(choice.preferred);
    const auto& all = choice.candidates;
    choice.best = first(all, ranking, [](const Candidate& c) { return c.keepsAll; });
    choice.nearMiss = first(all, ranking, missesNarrowly);
    if (choice.nearMiss && choice.best && !goesBefore(all[*choice.nearMiss], all[*choice.best], ranking))
        choice.nearMiss.reset();
    if (!choice.best)
        return;
    const Candidate& best = all[*choice.best];
    choice.runnerUp = first(
        all, ranking, [&](const Candidate& c) { return c.keepsAll && modelOf(c, records) != modelOf(best, records); });
    if (!choice.runnerUp)
        choice.runnerUp = first(all, ranking, [&](const Candidate& c) { return c.keepsAll && &c != &best; });
}

} // namespace

std::string_view provenanceName(Provenance provenance)
{
    static constexpr std::array<std::string_view, 3> kNames{"measured", "computed", "published"};
    return kNames[static_cast<std::size_t>(provenance)];
}

std::string_view provenanceText(Provenance provenance)
{
    static constexpr std::array<std::string_view, 3> kTexts{"measured here", "computed from the network or its file",
                                                            "published with its weights"};
    return kTexts[static_cast<std::size_t>(provenance)];
}

Provenance provenanceOf(const Record& record, Quantity quantity)
{
    switch (quantity) {
    case Quantity::Latency:
    case Quantity::Throughput:
    case Quantity::PeakMemory:
        return Provenance::Measured;
    case Quantity::Top1:
        return Provenance::Published;
    case Quantity::FileSize: // an architecture has no file of its own: its size is that of the published weights
        return findArchitecture(record.configuration.model) ? Provenance::Published : Provenance::Computed;
    case Quantity::Params:
    case Quantity::Macs:
    case Quantity::ActivationBytes:
        break;
    }
    return Provenance::Computed;
}

const std::vector<Quantity>& choiceQuantities()
{
    static const std::vector<Quantity> quantities{Quantity::Top1,      Quantity::Throughput, Quantity::Latency,
                                                  Quantity::Macs,      Quantity::Params,     Quantity::FileSize,
                                                  Quantity::PeakMemory};
    return quantities;
}

Standing standing(const std::optional<Measure>& figure, const Budget& budget)
{
    if (!figure)
        return Standing::Unknown;
    const auto within = [&](double value) { return !isBetter(budget.limit, value, budget.quantity); };
    const bool whole = within(figure->low) == within(figure->high);
    if (within(figure->value))
        return whole ? Standing::Kept : Standing::NarrowlyKept;
    return whole ? Standing::Broken : Standing::NarrowlyBroken;
}

std::string_view standingName(Standing standing)
{
    static constexpr std::array<std::string_view, 5> kNames{"kept", "narrowly kept", "narrowly broken", "broken",
                                                            "unknown"};
    return kNames[static_cast<std::size_t>(standing)];
}

bool keeps(Standing standing)
{
    return standing == Standing::Kept || standing == Standing::NarrowlyKept;
}

ChoiceQuestion questionOf(const ChooseSettings& settings)
{
    ChoiceQuestion question;
    question.axes = {quantityFromName(settings.x).value_or(Quantity::Latency),
                     quantityFromName(settings.y).value_or(Quantity::Top1)};
    if (const auto third = quantityFromName(settings.third))
        question.axes.push_back(*third);
    for (const BudgetSetting& budget : settings.budgets)
        if (const auto quantity = quantityFromName(budget.quantity))
            question.budgets.push_back({*quantity, budget.limit});
    question.prefer = quantityFromName(settings.prefer);
    return question;
}

std::optional<Measure> Candidate::figure(Quantity quantity) const
{
    const auto found = figures.find(quantity);
    return found == figures.end() ? std::nullopt : std::optional(found->second);
}

std::size_t Choice::keeping() const
{
    return static_cast<std::size_t>(
        std::count_if(candidates.begin(), candidates.end(), [](const Candidate& c) { return c.keepsAll; }));
}

std::size_t Choice::keeping(std::size_t budget) const
{
    return static_cast<std::size_t>(std::count_if(candidates.begin(), candidates.end(),
                                                  [budget](const Candidate& c) { return keeps(c.standings[budget]); }));
}

Quantity usualPreference(const std::vector<Candidate>& candidates, const std::vector<Budget>& budgets)
{
    const bool limited = std::any_of(budgets.begin(), budgets.end(),
                                     [](const Budget& budget) { return budget.quantity == Quantity::Top1; });
    const bool known = std::any_of(candidates.begin(), candidates.end(),
                                   [](const Candidate& c) { return c.figure(Quantity::Top1).has_value(); });
    return limited || !known ? Quantity::Throughput : Quantity::Top1;
}

Choice choose(const std::vector<Record>& records, const ChoiceQuestion& question)
{
    Choice choice;
    choice.budgets = question.budgets;
    choice.axes = question.axes;
    const std::vector<std::string> names = recordNames(records);
    const std::vector<std::size_t> comparable = comparableRecords(records);
    for (const std::size_t i : comparable)
        choice.candidates.push_back(candidateOf(records[i], i, names[i], question.budgets));
    choice.leftOut = records.size() - comparable.size();
    choice.preferred = question.prefer.value_or(usualPreference(choice.candidates, question.budgets));
    choice.front = frontOf(choice.candidates, question.axes);
    for (const std::size_t i : choice.front)
        choice.candidates[i].onFront = true;
    rank(choice, records);
    return choice;
}

std::optional<Difference> difference(const Candidate& first, const Candidate& other, Quantity quantity)
{
    const auto a = first.figure(quantity);
    const auto b = other.figure(quantity);
    if (!a || !b)
        return std::nullopt;
    Difference result{.quantity = quantity};
    result.ratio = b->value / a->value;
    result.ratioLow = b->low / a->high;
    result.ratioHigh = b->high / a->low;
    result.points = b->value - a->value;
    result.shown = result.ratioLow > 1.0 || result.ratioHigh < 1.0;
    result.better = isBetter(b->value, a->value, quantity);
    return result;
}

} // namespace lathe
