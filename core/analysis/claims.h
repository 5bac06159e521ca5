#pragma once

#include <string>
#include <vector>

#include "core/session/session.h"

namespace lathe {

/// What was published about one network beside another: the smaller one's parameters and speed.
struct Claim {
    std::string smaller;
    std::string larger;
    std::string smallerTitle; ///< as people write it: "DistilBERT"
    std::string largerTitle;
    double fewerParameters = 0.0; ///< share: 0.4 is "40 % fewer"
    double faster = 0.0;          ///< 0.6 is "60 % faster": 1.6 times the speed
    double keeps = 0.0;           ///< share of the larger one's performance
    std::string keepsOn;          ///< on what: "on the tasks of GLUE"
    std::string source;           ///< who, where, and on what it was measured
};
const std::vector<Claim>& claims();

/// For each published claim about two networks that both were measured here alike (mode, batch, threads, input,
/// device, environment) one sentence: what was found, its interval, and what was published. An interleaved comparison
/// of the two goes before records taken one after the other.
std::vector<std::string> checkedClaims(const std::vector<Record>& records,
                                       const std::vector<ComparisonRecord>& comparisons = {});

} // namespace lathe
