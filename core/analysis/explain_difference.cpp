#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/analysis/explain_p.h"
#include "core/analysis/layer_work.h"
#include "core/analysis/significant.h"

namespace lathe {

namespace {

using namespace explaining;

constexpr double kSameMacs = 0.01;    ///< relative difference that is none
constexpr double kSameBytes = 0.05;   ///< the same, of bytes
constexpr double kKindMatters = 0.05; ///< of the difference
constexpr double kFaultsMatter = 1.0; ///< an inference

/// Two records, the one that takes longer for a sample first.
struct Pair {
    Case slow;
    Case fast;
    double slowPer = 1.0; ///< what a time is divided by: 1, or the batch where the two differ
    double fastPer = 1.0;

    double slowMs() const { return slow.record.latency.median / slowPer; }
    double fastMs() const { return fast.record.latency.median / fastPer; }
    bool isPerSample() const { return slow.record.configuration.batch != fast.record.configuration.batch; }
};

Pair pairOf(const Subject& a, const Subject& b)
{
    const auto batchOf = [](const Subject& s) { return static_cast<double>(s.record.configuration.batch); };
    const bool perSample = a.record.configuration.batch != b.record.configuration.batch;
    const double aPer = perSample ? batchOf(a) : 1.0;
    const double bPer = perSample ? batchOf(b) : 1.0;
    if (a.record.latency.median / aPer >= b.record.latency.median / bPer)
        return {caseOf(a), caseOf(b), aPer, bPer};
    return {caseOf(b), caseOf(a), bPer, aPer};
}

std::string nameOf(const Record& record, const Record& other)
{
    if (!(record.configuration == other.configuration))
        return describe(record.configuration);
    return fmt::format("{} ({})", describe(record.configuration), record.time);
}

std::string timeText(const Record& record, double per)
{
    const Latency& latency = record.latency;
    return formatWithInterval(latency.median / per, latency.ciLow / per, latency.ciHigh / per) + " ms";
}

Ratio speedUp(const Pair& pair)
{
    const Ratio whole = timesAsFast(pair.slow.record, pair.fast.record);
    const double per = pair.fastPer / pair.slowPer;
    return {whole.value * per, whole.low * per, whole.high * per};
}

Explanation timeOfBoth(const Pair& pair, bool isShown)
{
    const Record& slow = pair.slow.record;
    const Record& fast = pair.fast.record;
    const std::string times =
        fmt::format("{} takes {}{}, {} {}", nameOf(fast, slow), timeText(fast, pair.fastPer),
                    pair.isPerSample() ? " a sample" : "", nameOf(slow, fast), timeText(slow, pair.slowPer));
    if (!isShown)
        return {"time",
                times + ": their intervals overlap, so no difference is shown; lathe compare runs them in turns.",
                std::nullopt,
                {}};
    return {"time", fmt::format("{}: the first is {} times as fast.", times, intervalText(speedUp(pair))), 1.0, {}};
}

std::string machineText(const Environment& e)
{
    return fmt::format("{} ({}, {})", e.host, e.cpu, e.library);
}

std::optional<Explanation> conditions(const Pair& pair)
{
    const Record& slow = pair.slow.record;
    const Record& fast = pair.fast.record;
    if (sameSeries(slow, fast))
        return std::nullopt;
    return Explanation{"conditions",
                       fmt::format("They were measured under unlike conditions, which may account for any part of it: "
                                   "the slower on {}, {}; the faster on {}, {}.",
                                   slow.configuration.device, machineText(slow.environment), fast.configuration.device,
                                   machineText(fast.environment)),
                       std::nullopt,
                       {}};
}

/// Multiply-accumulates of a sample, and how many a second: what less work would have bought by itself.
std::optional<Explanation> work(const Pair& pair)
{
    const auto slowMacs = static_cast<double>(pair.slow.record.macs);
    const auto fastMacs = static_cast<double>(pair.fast.record.macs);
    if (slowMacs <= 0.0 || fastMacs <= 0.0 || std::abs(slowMacs / fastMacs - 1.0) < kSameMacs)
        return std::nullopt;
    const double bySlow = 1.0 - fastMacs / slowMacs;
    const double share = bySlow * pair.slowMs() / (pair.slowMs() - pair.fastMs());
    const auto rate = [](const Record& r) {
        return static_cast<double>(r.macs * r.configuration.batch) / (r.latency.median * 1e-3);
    };
    return Explanation{
        "work",
        fmt::format(
            "The faster computes {} for a sample, at {}, the slower {}, at {}: by its MACs alone it would be {} "
            "times as fast, and it is {} times.",
            formatSi(fastMacs, "MACs"), formatSi(rate(pair.fast.record), "MAC/s"), formatSi(slowMacs, "MACs"),
            formatSi(rate(pair.slow.record), "MAC/s"), formatSignificant(slowMacs / fastMacs),
            formatSignificant(speedUp(pair).value)),
        share,
        {}};
}

/// What an inference has to move at least, by what its mode makes one operation.
double bytesMoved(const Case& subject)
{
    const Configuration& c = subject.record.configuration;
    double bytes = 0.0;
    for (const LayerWork& layer : layerWork(*subject.graph, c.batch, operationsOf(*subject.graph, c.mode)))
        bytes += static_cast<double>(layer.bytes);
    return bytes;
}

std::optional<Explanation> bytes(const Pair& pair)
{
    if (pair.slow.graph == nullptr || pair.fast.graph == nullptr)
        return std::nullopt;
    const double slow = bytesMoved(pair.slow) / pair.slowPer;
    const double fast = bytesMoved(pair.fast) / pair.fastPer;
    if (slow <= 0.0 || fast <= 0.0 || std::abs(slow / fast - 1.0) < kSameBytes)
        return std::nullopt;
    return Explanation{
        "bytes",
        fmt::format("The operations of the faster have to move {} at least{}, those of the slower {}, as "
                    "float32.",
                    formatBytes(fast), pair.isPerSample() ? " for a sample" : "", formatBytes(slow)),
        std::nullopt,
        {}};
}

std::optional<Explanation> faults(const Pair& pair)
{
    const double slow = pair.slow.record.pageFaults;
    const double fast = pair.fast.record.pageFaults;
    if (std::max(slow, fast) < kFaultsMatter || std::min(slow, fast) > 0.5 * std::max(slow, fast))
        return std::nullopt;
    return Explanation{"page_faults",
                       fmt::format("The slower has {} page faults an inference, the faster {}.",
                                   formatSignificant(slow), formatSignificant(fast)),
                       std::nullopt,
                       {}};
}

std::optional<Explanation> threadsOf(const Pair& pair)
{
    Configuration made = pair.slow.record.configuration;
    made.threads = pair.fast.record.configuration.threads;
    const bool onlyThreads = made == pair.fast.record.configuration &&
                             made.threads > pair.slow.record.configuration.threads &&
                             sameSeries(pair.slow.record, pair.fast.record);
    auto said = onlyThreads ? scaling(pair.slow.record, pair.fast.record) : std::nullopt;
    if (said)
        said->share.reset(); // it is about the time that is left, not about the difference
    return said;
}

/// Time of the layers of one kind in each, and the slower's that lost most.
struct KindTimes {
    double slowMs = 0.0;
    double fastMs = 0.0;
    std::vector<TimedLayer> layers; ///< of the slower; `milliseconds` is what it takes longer
};

double timeOfNamed(const std::vector<TimedLayer>& layers, const std::string& name)
{
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const TimedLayer& l) { return l.name == name; });
    return found != layers.end() ? found->milliseconds : 0.0;
}

/// Of one network, or one pruned or quantized from the other: a name is the same layer's in both.
bool haveLayersAlike(const Record& a, const Record& b)
{
    const auto source = [](const Record& r) { return r.origin.empty() ? r.configuration.model : r.origin; };
    return source(a) == source(b);
}

std::vector<TimedLayer> ofKind(OperationKind kind, std::vector<TimedLayer> layers)
{
    std::erase_if(layers, [&](const TimedLayer& layer) { return kindOf(*layer.operation) != kind; });
    return layers;
}

KindTimes timesOfKind(const Pair& pair, OperationKind kind)
{
    KindTimes times;
    times.layers = ofKind(kind, pair.slow.layers);
    const std::vector<TimedLayer> fast = ofKind(kind, pair.fast.layers);
    times.slowMs = sumOf(timeOf, times.layers) / pair.slowPer;
    times.fastMs = sumOf(timeOf, fast) / pair.fastPer;
    const bool isSameModel = haveLayersAlike(pair.slow.record, pair.fast.record);
    for (TimedLayer& layer : times.layers)
        layer.milliseconds =
            layer.milliseconds / pair.slowPer - (isSameModel ? timeOfNamed(fast, layer.name) / pair.fastPer : 0.0);
    std::erase_if(times.layers, [](const TimedLayer& layer) { return layer.milliseconds <= 0.0; });
    times.layers = sortedBy(timeOf, std::move(times.layers));
    return times;
}

std::string kindText(OperationKind kind, const KindTimes& times, double share)
{
    std::string text = fmt::format("{}: {} in the faster, {} in the slower, ", kindName(kind),
                                   milliseconds(times.fastMs), milliseconds(times.slowMs));
    if (share < 0.0)
        return text + fmt::format("{} of the difference between their layers the other way.", percent(-share));
    text += fmt::format("{} of the difference between their layers", percent(share));
    return times.layers.empty() ? text + "." : text + fmt::format("; most in {}.", namesText(times.layers));
}

std::vector<Explanation> kinds(const Pair& pair)
{
    std::vector<Explanation> found;
    const double difference =
        sumOf(timeOf, pair.slow.layers) / pair.slowPer - sumOf(timeOf, pair.fast.layers) / pair.fastPer;
    if (pair.slow.layers.empty() || pair.fast.layers.empty() || difference <= 0.0)
        return found;
    for (const OperationKind kind : allOperationKinds()) {
        const KindTimes times = timesOfKind(pair, kind);
        const double share = (times.slowMs - times.fastMs) / difference;
        if (std::abs(share) >= kKindMatters)
            found.push_back({"layers", kindText(kind, times, share), share, namesOf(times.layers)});
    }
    return found;
}

/// What pruning has to say where `record` is of a network pruned from the other's, in the same mode.
std::vector<Explanation> pruningOf(const Record& record, const Record& other)
{
    const std::vector<Record> others{other};
    std::vector<Explanation> said;
    if (unprunedTwin(record, others) == nullptr)
        return said;
    for (std::optional<Explanation> explanation : {masks(record, nullptr), pruned(record, &other)})
        if (explanation) {
            explanation->share.reset(); // it is of one network's time, not of the difference
            said.push_back(*std::move(explanation));
        }
    return said;
}

std::vector<Explanation> pruning(const Pair& pair)
{
    std::vector<Explanation> said = pruningOf(pair.fast.record, pair.slow.record);
    return said.empty() ? pruningOf(pair.slow.record, pair.fast.record) : said;
}

double weightOf(const Explanation& explanation)
{
    return explanation.share ? std::abs(*explanation.share) : -1.0;
}

} // namespace

std::vector<Explanation> explainDifference(const Subject& a, const Subject& b)
{
    if (!(a.record.latency.median > 0.0 && b.record.latency.median > 0.0))
        return {};
    const Pair pair = pairOf(a, b);
    const bool isShown = speedUp(pair).low > 1.0;
    std::vector<Explanation> found{timeOfBoth(pair, isShown)};
    const std::vector<Explanation> byPruning = pruning(pair);
    found.insert(found.end(), byPruning.begin(), byPruning.end());
    if (!isShown)
        return found;
    std::vector<Explanation> causes = kinds(pair);
    for (const std::optional<Explanation>& cause :
         {conditions(pair), work(pair), bytes(pair), faults(pair), threadsOf(pair)})
        if (cause)
            causes.push_back(*cause);
    std::stable_sort(causes.begin(), causes.end(),
                     [](const Explanation& x, const Explanation& y) { return weightOf(x) > weightOf(y); });
    found.insert(found.end(), causes.begin(), causes.end());
    return found;
}

} // namespace lathe
