#pragma once

#include <string>
#include <vector>

#include "core/analysis/choice.h"

/// The choice in words.
namespace lathe {

/// "latency at most 20 ms", "top-1 at least 75 %".
std::string budgetText(const Budget& budget);

/// "highest top-1", "lowest latency", "fewest MACs", "smallest file".
std::string preferenceText(Quantity quantity);

/// "1.05 points of top-1 less", "1.4 times the throughput (1.3 to 1.5)", "2 times the parameters".
std::string differenceText(const Difference& difference);

/// What a difference is worth telling about: the preferred quantity, the axes and the budgets. Of throughput and
/// latency, which say the same at equal batch sizes, one.
std::vector<Quantity> tellingQuantities(const Choice& choice, const std::vector<Record>& records);

/// Which is the best and why, how surely, what the runner-up would cost, and what narrowly misses; or why none keeps
/// the budgets. One sentence each; empty without candidates.
std::vector<std::string> choiceSentences(const Choice& choice, const std::vector<Record>& records);

} // namespace lathe
