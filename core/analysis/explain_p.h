#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/explain.h"
#include "core/analysis/operation_kind.h"
#include "core/analysis/roofline.h"

/// Private to the explanations: what their causes share.
namespace lathe::explaining {

/// An operation that was timed, and what is known of it.
struct TimedLayer {
    std::string name;
    const Operation* operation = nullptr; ///< in the graph
    bool readsInput = false;              ///< of the network
    double milliseconds = 0.0;
    double flops = 0.0;                 ///< of its multiply-accumulates alone
    std::optional<RooflinePoint> point; ///< where there are roofs

    double excessMs() const { return point ? std::max(0.0, milliseconds - point->leastMilliseconds()) : 0.0; }
};

/// A subject laid out for its causes.
struct Case {
    const Record& record;
    const Graph* graph;
    const Peaks* peaks;             ///< the record's own, or null
    std::vector<TimedLayer> layers; ///< empty without a graph, or where none was timed
    double totalMs = 0.0;           ///< of all layers that were timed
};
Case caseOf(const Subject& subject);

/// Less than this of the time is not worth a sentence.
inline constexpr double kWorthSaying = 0.02;

/// Layers by what each weighs, most first; their names with `most` named in text.
using Weight = double (*)(const TimedLayer&);
std::vector<TimedLayer> sortedBy(Weight weight, std::vector<TimedLayer> layers);
std::vector<std::string> namesOf(const std::vector<TimedLayer>& layers);
std::string namesText(const std::vector<TimedLayer>& layers);
double sumOf(Weight weight, const std::vector<TimedLayer>& layers);
double timeOf(const TimedLayer& layer);
double flopsOf(const TimedLayer& layer);
double excessOf(const TimedLayer& layer);

std::string percent(double share);                              ///< "12 %"
std::string milliseconds(double value);                         ///< "1.23 ms"
std::string latencyText(const Record& record);                  ///< "12.3 ± 0.2 ms"
std::string countText(std::size_t count, const char* singular); ///< "1 layer", "3 layers"
std::string verbFor(std::size_t count, const char* one, const char* many);

/// One record's time over another's, and the least and the most that their intervals allow.
struct Ratio {
    double value = 1.0;
    double low = 1.0;
    double high = 1.0;
};
Ratio timesAsFast(const Record& slower, const Record& faster);
std::string intervalText(const Ratio& ratio); ///< "1.31 (1.25 to 1.37)"

// The causes; none where the evidence is lacking or where it accounts for next to nothing.
std::optional<Explanation> roofline(const Case& subject);
std::optional<Explanation> memoryBound(const Case& subject);
std::optional<Explanation> dispatch(const Case& subject);
std::optional<Explanation> depthwise(const Case& subject);
std::vector<Explanation> channelCounts(const Case& subject);
std::optional<Explanation> dataMovement(const Case& subject);
std::optional<Explanation> pageFaults(const Case& subject, const std::vector<Record>& others);
std::optional<Explanation> threads(const Case& subject, const std::vector<Record>& others);
std::optional<Explanation> instructions(const Case& subject);
std::vector<Explanation> contention(const Case& subject);
/// `unpruned` is null where there is none. The share is of the layers' time: what they take beyond their fewer MACs.
std::optional<Explanation> masks(const Record& record, const Record* unpruned);
std::optional<Explanation> pruned(const Record& record, const Record* unpruned);

/// The record of the network that this one was made from, in the same mode and measured alike; null: none.
const Record* unprunedTwin(const Record& record, const std::vector<Record>& others);

/// What `threads` says of two records that differ in their threads alone, `few` having fewer.
std::optional<Explanation> scaling(const Record& few, const Record& many);

} // namespace lathe::explaining
