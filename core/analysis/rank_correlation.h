#pragma once

#include <optional>
#include <vector>

namespace lathe {

/// Spearman's rank correlation of pairs, from -1 to 1; equal values share the mean of their ranks.
struct RankCorrelation {
    double rho = 0.0;
    double low = -1.0; ///< 95 % interval: Fisher's z with the variance (1 + rho^2 / 2) / (n - 3) of Bonett and
    double high = 1.0; ///< Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman
                       ///< correlations", Psychometrika 65 (2000). For 1 and -1 that of the
                       ///< nearest other order, to the end
    int pairs = 0;
};

/// None for fewer than 5 pairs, or where all values of a side are equal. Both of one length.
std::optional<RankCorrelation> spearman(const std::vector<double>& a, const std::vector<double>& b);

} // namespace lathe
