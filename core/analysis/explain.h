#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/benchmark/peaks.h"
#include "core/graph/graph.h"
#include "core/session/record.h"

/// Why a network takes the time it takes: measurements turned into sentences, each with its numbers. Where the evidence
/// for one is lacking there is none.
namespace lathe {

/// One cause. Causes overlap: a layer that only moves data may be bound by memory too, so shares do not add up.
struct Explanation {
    /// "roofline", "memory_bound", "depthwise", "channel_counts", "data_movement", "dispatch", "page_faults",
    /// "threads", "instructions", "masks", "pruned", "contention", "oversubscribed", "drift"; of a difference also
    /// "time", "conditions", "work", "bytes", "layers".
    std::string code;
    std::string sentence; ///< with its evidence; may be two
    /// That it accounts for, of the record's time or, where it is about layers, of their sum (of a difference: of the
    /// difference, or of that between the layers' sums); none: it cannot be told.
    std::optional<double> share;
    std::vector<std::string> layers; ///< that it is about, the weightiest first
};

/// A record, and what is known besides to explain it by.
struct Subject {
    const Record& record;
    const Graph* graph = nullptr; ///< its model's at its input; null: not to be had
    const Peaks* peaks = nullptr; ///< null: not measured; those of other threads or machines are passed over
};

/// What accounts for a record's time, strongest first; what disturbed the measurement comes before all. `others` are
/// records to compare with; those that do not differ in one respect alone, or were measured elsewhere, are passed over.
std::vector<Explanation> explain(const Subject& subject, const std::vector<Record>& others = {});

/// What evidence `explain` had to do without, and how to get it; a sentence each.
std::vector<std::string> missingEvidence(const Subject& subject);

/// What accounts for the difference in time between two records; the first sentence says what the difference is.
/// For each sample where their batches differ.
std::vector<Explanation> explainDifference(const Subject& a, const Subject& b);

} // namespace lathe
