#include <algorithm>

#include <fmt/format.h>

#include "core/analysis/explain_p.h"
#include "core/analysis/significant.h"
#include "core/engine/backend.h"

namespace lathe::explaining {

namespace {

constexpr double kPageBytes = 4096.0;
constexpr double kFewFaults = 1.0; ///< an inference; fewer are none in a steady state
constexpr double kScales = 0.9;    ///< of the ideal speed-up
constexpr double kFarFewer = 0.01; ///< of the faults: a run that is spared them

/// Measured on the same machine, and equal but for what `same` makes equal.
bool differOnlyIn(const Record& a, const Record& b, void (*same)(Configuration&, const Configuration&))
{
    Configuration made = a.configuration;
    same(made, b.configuration);
    return made == b.configuration && !(a.configuration == b.configuration) && sameSeries(a, b) &&
           b.latency.median > 0.0;
}

void sameMode(Configuration& made, const Configuration& other)
{
    made.mode = other.mode;
}

void sameThreads(Configuration& made, const Configuration& other)
{
    made.threads = other.threads;
}

/// The slowest run without faults that is faster beyond the intervals: of all bounds on what they cost the lowest.
const Record* sparedFaults(const Record& record, const std::vector<Record>& others)
{
    const Record* spared = nullptr;
    for (const Record& other : others) {
        if (!differOnlyIn(record, other, sameMode) || other.pageFaults > kFarFewer * record.pageFaults ||
            other.latency.ciHigh >= record.latency.ciLow)
            continue;
        if (spared == nullptr || other.latency.median > spared->latency.median)
            spared = &other;
    }
    return spared;
}

/// The same kernels with memory kept, faster beyond the intervals: the difference is what the faults cost.
const Record* withMemoryKept(const Record& record, const std::vector<Record>& others)
{
    const Result<Mode> mode = modeFromName(record.configuration.mode);
    const std::optional<Mode> twin = mode ? keptTwin(*mode) : std::nullopt;
    for (const Record& other : others)
        if (twin && other.configuration.mode == name(*twin) && differOnlyIn(record, other, sameMode) &&
            other.pageFaults < record.pageFaults && other.latency.ciHigh < record.latency.ciLow)
            return &other;
    return nullptr;
}

std::string faultsText(const Record& record)
{
    return fmt::format("{} page faults an inference ({} of new memory)", formatSi(record.pageFaults),
                       formatBytes(record.pageFaults * kPageBytes));
}

/// The fewest threads, whose speed-up tells most.
const Record* withFewerThreads(const Record& record, const std::vector<Record>& others)
{
    const Record* fewest = nullptr;
    for (const Record& other : others) {
        const int threads = other.configuration.threads;
        if (differOnlyIn(record, other, sameThreads) && threads < record.configuration.threads &&
            (fewest == nullptr || threads < fewest->configuration.threads))
            fewest = &other;
    }
    return fewest;
}

/// A comparison with a run that others disturbed is told as such, and gives no share.
Explanation inDoubt(Explanation explanation, const Record& a, const Record& b)
{
    const auto isDisturbed = [](const Flag& flag) { return flag.code == "contention"; };
    const auto wasDisturbed = [&](const Record& record) {
        return std::any_of(record.flags.begin(), record.flags.end(), isDisturbed);
    };
    if (!wasDisturbed(a) && !wasDisturbed(b))
        return explanation;
    explanation.sentence += " The machine was busy during one of the two runs at least, which may account for any part "
                            "of it.";
    explanation.share.reset();
    return explanation;
}

std::string coresText(const Record& record)
{
    const int cores = record.environment.physicalCores;
    if (cores <= 0 || record.configuration.threads <= cores)
        return {};
    return fmt::format(" {} threads share {}.", record.configuration.threads,
                       countText(static_cast<std::size_t>(cores), "physical core"));
}

} // namespace

std::optional<Explanation> pageFaults(const Case& subject, const std::vector<Record>& others)
{
    const Record& record = subject.record;
    if (record.pageFaults < kFewFaults)
        return std::nullopt;
    const Record* kept = withMemoryKept(record, others);
    const Record* spared = kept != nullptr ? kept : sparedFaults(record, others);
    if (spared == nullptr)
        return Explanation{"page_faults", fmt::format("{}.", faultsText(record)), std::nullopt, {}};
    const double saved = record.latency.median - spared->latency.median;
    const double microseconds = saved * 1e3 / (record.pageFaults - spared->pageFaults);
    const std::string sentence =
        fmt::format("{}. They cost {}{} ({} µs each): mode {}, which has {}{}, took that much less.",
                    faultsText(record), milliseconds(saved), kept != nullptr ? "" : " at most",
                    formatSignificant(microseconds, 2), spared->configuration.mode,
                    formatSignificant(spared->pageFaults, 2), kept != nullptr ? " with the same kernels" : "");
    return inDoubt(Explanation{"page_faults", sentence, saved / record.latency.median, {}}, record, *spared);
}

std::optional<Explanation> scaling(const Record& few, const Record& many)
{
    const double ideal = static_cast<double>(many.configuration.threads) / few.configuration.threads;
    const Ratio speedUp = timesAsFast(few, many);
    if (!(speedUp.high < kScales * ideal))
        return std::nullopt;
    return inDoubt(Explanation{"threads",
                               fmt::format("{} run it {} times as fast as {}; {} times would be ideal.{}",
                                           countText(static_cast<std::size_t>(many.configuration.threads), "thread"),
                                           intervalText(speedUp), few.configuration.threads, formatSignificant(ideal),
                                           coresText(many)),
                               1.0 - speedUp.value / ideal,
                               {}},
                   few, many);
}

std::optional<Explanation> threads(const Case& subject, const std::vector<Record>& others)
{
    const Record* few = withFewerThreads(subject.record, others);
    return few != nullptr ? scaling(*few, subject.record) : std::nullopt;
}

std::optional<Explanation> instructions(const Case& subject)
{
    for (const Flag& flag : subject.record.flags)
        if (flag.code == "emulated")
            return Explanation{"instructions", flag.text, std::nullopt, {}};
    return std::nullopt;
}

std::vector<Explanation> contention(const Case& subject)
{
    std::vector<Explanation> said;
    for (const Flag& flag : subject.record.flags)
        if (flag.code == "contention" || flag.code == "oversubscribed" || flag.code == "drift")
            said.push_back({flag.code, flag.text, std::nullopt, {}});
    return said;
}

} // namespace lathe::explaining
