#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/engine/backend.h"
#include "core/formats/model_file.h"

/// Two independent counts of one model: from the Graph, and from the operations that ran.
namespace lathe {

/// Operations of one kind on which the counts differ.
struct CountDifference {
    std::string operation; ///< the Graph's name for it: "Attention"
    int nodes = 0;         ///< of this kind that differ
    std::int64_t graphMacs = 0;
    std::int64_t ranMacs = 0;
};

struct CountCheck {
    std::int64_t graphMacs = 0;               ///< for one sample
    std::int64_t ranMacs = 0;                 ///< the same
    double difference = 0.0;                  ///< of what ran from the graph's count, as a share of the larger
    bool agrees = false;                      ///< within 0.5 %
    std::vector<CountDifference> differences; ///< largest first
    std::string sentence; ///< how they stand to each other; where they disagree, what one of them did not know
};

CountCheck checkCounts(const Graph& graph, const OperationCount& count);

/// Runs one inference of batch 1 (with drawn weights where the model has none) and counts what ran.
Result<OperationCount> countOperations(Backend& backend, const LoadedModel& model);

} // namespace lathe
