#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/quantity.h"
#include "core/analysis/timm_table.h"
#include "core/analysis/trend.h"
#include "core/session/session.h"

/// What size costs, as a power law for each type of network, and which networks go by it.
namespace lathe {

/// One network: measured here, or a row of a table.
struct TrendPoint {
    std::string name;
    std::string type; ///< "cnn", ...
    double x = 0.0;
    double y = 0.0;
    std::optional<std::size_t> record; ///< index; none: of a table
    double lowY = 0.0;                 ///< interval of y; both 0: not known
    double highY = 0.0;
};

/// How a network stands to the law of its type.
struct Residual {
    std::size_t point = 0;
    double factor = 1.0; ///< its figure over the law's: 1.4 is 1.4 times what the law says
    /// Within this factor of the law, up or down, a network of its size is nothing unusual among as many, going by what
    /// the others scatter: the test for outliers on the deleted studentised residual, Student's t at 5 % shared among
    /// the type's networks (Bonferroni; Cook and Weisberg, "Residuals and Influence in Regression", 1982, section
    /// 2.2.2). Infinite for fewer than five networks.
    double usual = 1.0;
    bool unusual = false; ///< outside of that, and its own interval does not reach the law
};

struct TypeLaw {
    std::string type;
    PowerLaw law;
    double lowX = 0.0; ///< span of its points
    double highX = 0.0;
    std::vector<Residual> residuals;
};

/// The ratio of two types' laws at one size, with its 95 % interval (Welch's t on the logarithms, Satterthwaite's
/// degrees of freedom).
struct LawComparison {
    std::string first;
    std::string second;
    double at = 0.0;    ///< the size: the geometric middle of what both spans share, to two digits
    double ratio = 1.0; ///< the first's figure over the second's
    double low = 1.0;
    double high = 1.0;

    bool shown() const { return low > 1.0 || high < 1.0; }
};

struct TrendReport {
    Quantity x = Quantity::Params;
    Quantity y = Quantity::Throughput;
    std::string conditions; ///< "eager · batch 1 · 2 threads": what the points have in common
    std::vector<TrendPoint> points;
    std::vector<TypeLaw> laws; ///< of types with three points or more
    std::vector<LawComparison> comparisons;
    std::vector<std::string> withoutLaw; ///< types with fewer points
};

/// None unless their spans overlap.
std::optional<LawComparison> compareLaws(const TypeLaw& first, const TypeLaw& second);

/// How points lie about their law; `points` are those the law was fitted to, all positive. One a point, in order.
std::vector<Residual> residualsOf(const PowerLaw& law, const std::vector<Point2>& points);

/// Laws, residuals and comparisons of points.
TrendReport reportOn(std::vector<TrendPoint> points, Quantity x, Quantity y);

/// Indices of the points whose type has no law, type by type.
std::vector<std::size_t> pointsWithoutLaw(const TrendReport& report);

/// The sets of conditions there are among comparable records, those of most networks first.
std::vector<std::string> trendConditions(const std::vector<Record>& records);

/// One record a network, all measured under the same conditions on one machine (empty: those of most networks); of
/// several inputs the network's default counts, or else the last measured.
std::vector<TrendPoint> trendPoints(const std::vector<Record>& records, Quantity x, Quantity y,
                                    const std::string& conditions = {});

/// A table's rows as points; those that lack a figure are passed over.
std::vector<TrendPoint> trendPoints(const TimmTable& table, Quantity x, Quantity y);

/// How many times as fast as the law says, whether the figure is a throughput or a latency.
double speedFactor(const Residual& residual, Quantity y);

/// "throughput falls as parameters^−0.62 (−0.80 to −0.44; R² 0.81, 9 networks)".
std::string lawText(const TypeLaw& law, Quantity x, Quantity y);

/// What follows: how fast the figure changes with size, which type is faster at one size, which networks are unusual.
/// Only what the intervals allow; what they do not allow comes as "Not shown: ...".
std::vector<std::string> trendSentences(const TrendReport& report);

} // namespace lathe
