#include "core/analysis/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/analysis/explain_p.h"

namespace lathe {

namespace {

using explaining::Case;

void add(std::vector<Explanation>& found, std::optional<Explanation> cause)
{
    if (cause)
        found.push_back(std::move(*cause));
}

void add(std::vector<Explanation>& found, std::vector<Explanation> causes)
{
    std::move(causes.begin(), causes.end(), std::back_inserter(found));
}

/// Those whose share cannot be told come last.
void strongestFirst(std::vector<Explanation>& found)
{
    std::stable_sort(found.begin(), found.end(), [](const Explanation& a, const Explanation& b) {
        return a.share.value_or(-1.0) > b.share.value_or(-1.0);
    });
}

} // namespace

std::vector<Explanation> explain(const Subject& subject, const std::vector<Record>& others)
{
    if (!(subject.record.latency.median > 0.0))
        return {};
    const Case laidOut = explaining::caseOf(subject);
    std::vector<Explanation> found;
    add(found, explaining::roofline(laidOut));
    add(found, explaining::memoryBound(laidOut));
    add(found, explaining::dispatch(laidOut));
    add(found, explaining::depthwise(laidOut));
    add(found, explaining::channelCounts(laidOut));
    add(found, explaining::dataMovement(laidOut));
    add(found, explaining::pageFaults(laidOut, others));
    add(found, explaining::threads(laidOut, others));
    add(found, explaining::instructions(laidOut));
    const Record* unpruned = explaining::unprunedTwin(subject.record, others);
    add(found, explaining::masks(subject.record, unpruned));
    add(found, explaining::pruned(subject.record, unpruned));
    strongestFirst(found);
    // A disturbed machine puts all of them in doubt.
    std::vector<Explanation> disturbed = explaining::contention(laidOut);
    disturbed.insert(disturbed.end(), found.begin(), found.end());
    return disturbed;
}

std::vector<std::string> missingEvidence(const Subject& subject)
{
    std::vector<std::string> missing;
    const Record& record = subject.record;
    if (subject.graph == nullptr)
        missing.push_back(fmt::format("The network of {} cannot be read, so that its layers cannot be told apart.",
                                      record.configuration.model));
    if (record.layers.empty())
        missing.push_back(
            "Its layers were not timed; measure it again with the time of each layer (lathe bench --layers).");
    if (subject.peaks == nullptr)
        missing.push_back(
            fmt::format("What this machine can do at most is not known for {}; measure it with lathe "
                        "roofline --threads {}.",
                        explaining::countText(static_cast<std::size_t>(record.configuration.threads), "thread"),
                        record.configuration.threads));
    else if (const auto reason = whyNotUnder(record, *subject.peaks))
        missing.push_back(fmt::format("It cannot be held against the roofs of this machine: {}.", *reason));
    return missing;
}

} // namespace lathe
