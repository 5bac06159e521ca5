#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/quantity.h"
#include "core/session/session.h"

/// Which of the measured networks to take: budgets rule out, a preference ranks, the front shows what else is worth it.
namespace lathe {

/// Where a figure comes from.
enum class Provenance {
    Measured,  ///< here, in this session
    Computed,  ///< from the graph, or read off the model file
    Published, ///< with torchvision's weights
};

/// "measured", "computed", "published".
std::string_view provenanceName(Provenance provenance);
/// "measured here", "computed from the network or its file", "published with its weights".
std::string_view provenanceText(Provenance provenance);
Provenance provenanceOf(const Record& record, Quantity quantity);

/// The seven quantities that a choice is made by: top-1, throughput, latency, MACs, parameters, file size, memory.
const std::vector<Quantity>& choiceQuantities();

/// At most `limit` where less is better, at least `limit` otherwise; in the axis' unit.
struct Budget {
    Quantity quantity = Quantity::Latency;
    double limit = 0.0;
};

/// How a figure stands to a budget. What keeps or breaks it narrowly does so by its median alone: its 95 % interval
/// reaches over the limit.
enum class Standing { Kept, NarrowlyKept, NarrowlyBroken, Broken, Unknown };
std::string_view standingName(Standing standing); ///< "kept", "narrowly kept", "narrowly broken", "broken", "unknown"

Standing standing(const std::optional<Measure>& figure, const Budget& budget);
bool keeps(Standing standing);

/// What the user asks for.
struct ChoiceQuestion {
    std::vector<Quantity> axes{Quantity::Latency, Quantity::Top1}; ///< of the front: two or three
    std::vector<Budget> budgets;
    std::optional<Quantity> prefer; ///< none: `usualPreference`
};

/// Names that no quantity has are passed over; for those of x and y latency and top-1 stand in.
ChoiceQuestion questionOf(const ChooseSettings& settings);

struct Candidate {
    std::size_t record = 0; ///< index
    std::string name;       ///< as `recordNames`
    std::map<Quantity, Measure> figures;
    std::vector<Standing> standings; ///< one a budget
    bool keepsAll = true;
    bool onFront = false; ///< of the axes, among all candidates, whether they keep the budgets or not

    std::optional<Measure> figure(Quantity quantity) const;
};

struct Choice {
    std::vector<Budget> budgets;
    std::vector<Quantity> axes;
    Quantity preferred = Quantity::Top1;
    std::vector<Candidate> candidates; ///< `comparableRecords` that have at least one of the quantities
    std::vector<std::size_t> front;    ///< candidates, by rising first axis
    std::optional<std::size_t> best;
    std::optional<std::size_t> runnerUp; ///< of another network where there is one
    std::optional<std::size_t> nearMiss; ///< would be the best, and breaks budgets narrowly alone
    std::size_t leftOut = 0;             ///< records of other machines, and earlier repeats

    std::size_t keeping() const; ///< how many keep all budgets
    /// How many keep this budget.
    std::size_t keeping(std::size_t budget) const;
};

/// Top-1; where there is a budget of top-1, or nobody's top-1 is known, throughput.
Quantity usualPreference(const std::vector<Candidate>& candidates, const std::vector<Budget>& budgets);

/// Equals are ranked by top-1, then throughput, then latency, then file size.
Choice choose(const std::vector<Record>& records, const ChoiceQuestion& question);

/// How two candidates differ in a quantity. The interval of a ratio goes from the least to the most that the two 95 %
/// intervals allow, which is wider than 95 %; it excludes 1 where, and only where, they do not overlap.
struct Difference {
    Quantity quantity = Quantity::Top1;
    double ratio = 1.0; ///< the other's figure over the first's
    double ratioLow = 1.0;
    double ratioHigh = 1.0;
    double points = 0.0; ///< the other's minus the first's, in the axis' unit
    bool shown = false;  ///< figures without intervals: they differ at all
    bool better = false; ///< the other's
};
std::optional<Difference> difference(const Candidate& first, const Candidate& other, Quantity quantity);

} // namespace lathe
