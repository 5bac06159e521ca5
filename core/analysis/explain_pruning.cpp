#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/analysis/derivations.h"
#include "core/analysis/explain_p.h"
#include "core/analysis/significant.h"
#include "core/base/words.h"
#include "core/distillation/arm.h"

namespace lathe::explaining {

namespace {

constexpr double kSameMacs = 0.99;     ///< of another layer's: nothing was cut
constexpr std::size_t kMostBehind = 3; ///< layers named
constexpr double kWorthNaming = 0.01;  ///< of the layers' time
constexpr const char* kOnlyMasks = "masks_only";

/// A layer before and after channels were taken out.
struct CutLayer {
    std::string name;
    double macsLeft = 1.0; ///< fraction
    double timeLeft = 1.0; ///< fraction
    double beyondMs = 0.0; ///< that it takes more than by its MACs
};

struct Cut {
    std::vector<CutLayer> layers; ///< that lost MACs
    double originalMs = 0.0;      ///< of those, before
    double promisedMs = 0.0;      ///< of those, by their MACs
    double foundMs = 0.0;         ///< of those, now
    double totalMs = 0.0;         ///< of all layers of the pruned network
};

const LayerTime* named(const std::string& name, const std::vector<LayerTime>& layers)
{
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const LayerTime& l) { return l.name == name; });
    return found != layers.end() ? &*found : nullptr;
}

Cut cutOf(const Record& pruned, const Record& original)
{
    Cut cut;
    for (const LayerTime& layer : pruned.layers) {
        cut.totalMs += layer.milliseconds;
        const LayerTime* before = named(layer.name, original.layers);
        if (before == nullptr || before->macs <= 0 || before->milliseconds <= 0.0)
            continue;
        const double macsLeft = static_cast<double>(layer.macs) / static_cast<double>(before->macs);
        if (macsLeft >= kSameMacs)
            continue;
        const double promised = macsLeft * before->milliseconds;
        cut.layers.push_back(
            {layer.name, macsLeft, layer.milliseconds / before->milliseconds, layer.milliseconds - promised});
        cut.originalMs += before->milliseconds;
        cut.promisedMs += promised;
        cut.foundMs += layer.milliseconds;
    }
    std::stable_sort(cut.layers.begin(), cut.layers.end(),
                     [](const CutLayer& a, const CutLayer& b) { return a.beyondMs > b.beyondMs; });
    return cut;
}

/// The layers whose time followed their MACs least.
std::vector<CutLayer> behind(const Cut& cut)
{
    std::vector<CutLayer> layers;
    std::copy_if(cut.layers.begin(), cut.layers.end(), std::back_inserter(layers),
                 [&](const CutLayer& layer) { return layer.beyondMs > kWorthNaming * cut.totalMs; });
    return layers;
}

std::string behindText(const std::vector<CutLayer>& layers)
{
    std::vector<std::string> texts;
    for (const CutLayer& layer : layers)
        texts.push_back(fmt::format("{} ({} of its MACs, {} of its time)", layer.name, percent(layer.macsLeft),
                                    percent(layer.timeLeft)));
    return texts.empty() ? std::string() : "; furthest behind: " + listText(texts, kMostBehind);
}

std::string restText(const Cut& cut)
{
    const double rest = cut.totalMs - cut.foundMs;
    if (rest < kWorthSaying * cut.totalMs)
        return {};
    return fmt::format(" {} of its layers' time is in layers that had no MACs to lose.", percent(rest / cut.totalMs));
}

std::string verdict(const Record& unpruned, const Record& record)
{
    const Ratio ratio = timesAsFast(unpruned, record);
    if (ratio.low <= 1.0 && ratio.high >= 1.0)
        return "no difference is shown";
    return fmt::format("{} times as fast, for which masks cannot be the cause", intervalText(ratio));
}

} // namespace

const Record* unprunedTwin(const Record& record, const std::vector<Record>& others)
{
    if (record.scheme == kDistilledScheme) // its teacher is another network
        return nullptr;
    const auto found = originOf(record, others, [&](const Record& other) {
        return other.configuration.mode == record.configuration.mode && other.latency.median > 0.0;
    });
    return found ? &others[*found] : nullptr;
}

std::optional<Explanation> masks(const Record& record, const Record* unpruned)
{
    const bool onlyMasks =
        std::any_of(record.flags.begin(), record.flags.end(), [](const Flag& flag) { return flag.code == kOnlyMasks; });
    if (!onlyMasks)
        return std::nullopt;
    std::string sentence =
        fmt::format("Masks leave {} as many multiplications as there were without them: dense kernels "
                    "multiply zeros as fast as anything else.",
                    fileName(record.configuration.model));
    if (unpruned != nullptr)
        sentence += fmt::format(" {} takes {}, this {}: {}.", fileName(unpruned->configuration.model),
                                latencyText(*unpruned), latencyText(record), verdict(*unpruned, record));
    return Explanation{"masks", sentence, std::nullopt, {}};
}

std::optional<Explanation> pruned(const Record& record, const Record* unpruned)
{
    if (unpruned == nullptr)
        return std::nullopt;
    const Cut cut = cutOf(record, *unpruned);
    if (cut.layers.empty() || cut.totalMs <= 0.0)
        return std::nullopt;
    const std::vector<CutLayer> slow = behind(cut);
    std::vector<std::string> names;
    std::transform(slow.begin(), slow.end(), std::back_inserter(names), [](const CutLayer& l) { return l.name; });
    return Explanation{
        "pruned",
        fmt::format("Pruning cut the MACs of {}: {} in {}, {} here if time followed MACs, {} as measured{}.{}",
                    countText(cut.layers.size(), "layer"), milliseconds(cut.originalMs),
                    fileName(unpruned->configuration.model), milliseconds(cut.promisedMs), milliseconds(cut.foundMs),
                    behindText(slow), restText(cut)),
        (cut.foundMs - cut.promisedMs) / cut.totalMs, names};
}

} // namespace lathe::explaining
