#include "core/analysis/claims.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "core/analysis/significant.h"

namespace lathe {

namespace {

/// How many times as fast the smaller one is.
struct Speed {
    double ratio = 1.0;
    double low = 1.0;
    double high = 1.0;
    bool interleaved = false;
};

bool alike(const Record& a, const Record& b)
{
    Configuration same = b.configuration;
    same.model = a.configuration.model;
    return same == a.configuration && sameSeries(a, b);
}

/// The newest record of `model` that was measured as `as` was.
const Record* newest(const std::vector<Record>& records, const std::string& model, const Record& as)
{
    const auto found = std::find_if(records.rbegin(), records.rend(), [&](const Record& record) {
        return record.configuration.model == model && alike(record, as);
    });
    return found == records.rend() ? nullptr : &*found;
}

std::optional<Speed> compared(const std::vector<ComparisonRecord>& comparisons, const Record& smaller,
                              const Record& larger)
{
    for (auto c = comparisons.rbegin(); c != comparisons.rend(); ++c) {
        if (c->firstId == smaller.id && c->secondId == larger.id)
            return Speed{c->ratio, c->ratioLow, c->ratioHigh, true};
        if (c->firstId == larger.id && c->secondId == smaller.id)
            return Speed{1.0 / c->ratio, 1.0 / c->ratioHigh, 1.0 / c->ratioLow, true};
    }
    return std::nullopt;
}

/// From records taken one after the other: as wide as both intervals allow.
std::optional<Speed> oneAfterTheOther(const Record& smaller, const Record& larger)
{
    const Latency& s = smaller.latency;
    const Latency& l = larger.latency;
    if (s.ciLow <= 0.0 || l.ciLow <= 0.0)
        return std::nullopt;
    return Speed{l.median / s.median, l.ciLow / s.ciHigh, l.ciHigh / s.ciLow, false};
}

std::string fasterText(double ratio)
{
    const double percent = 100.0 * (ratio - 1.0);
    return percent >= 0.0 ? fmt::format("{:.0f} % faster", percent) : fmt::format("{:.0f} % slower", -percent);
}

std::string agreement(const Claim& claim, const Speed& speed)
{
    const double published = 1.0 + claim.faster;
    if (speed.low > published)
        return "more than was published";
    if (speed.high < published)
        return "less than was published";
    return "which agrees with what was published";
}

std::string sentence(const Claim& claim, const Record& smaller, const Record& larger, const Speed& speed)
{
    const double fewer = 1.0 - static_cast<double>(smaller.params) / static_cast<double>(larger.params);
    return fmt::format("{} has {:.1f} % fewer parameters than {} ({}M against {}M; published: {:.0f} %) and is {} "
                       "here, {}: {} times the "
                       "speed, {} to {}, {} (published: {:.0f} % faster). {}",
                       claim.smallerTitle, 100.0 * fewer, claim.largerTitle,
                       formatSignificant(static_cast<double>(smaller.params) / 1e6),
                       formatSignificant(static_cast<double>(larger.params) / 1e6), 100.0 * claim.fewerParameters,
                       fasterText(speed.ratio), agreement(claim, speed), formatSignificant(speed.ratio),
                       formatSignificant(speed.low), formatSignificant(speed.high),
                       speed.interleaved ? "run in turns" : "run one after the other", 100.0 * claim.faster,
                       claim.source);
}

} // namespace

const std::vector<Claim>& claims()
{
    static const std::vector<Claim> all{{"distilbert_base_uncased", "bert_base_uncased", "DistilBERT", "BERT", 0.4, 0.6,
                                         0.97, "on the tasks of GLUE",
                                         "Sanh, Debut, Chaumond and Wolf, “DistilBERT, a distilled version of BERT”, "
                                         "2019; theirs is the time for a whole "
                                         "data set (STS-B), one sample at a time, on a 2014 Xeon."}};
    return all;
}

std::vector<std::string> checkedClaims(const std::vector<Record>& records,
                                       const std::vector<ComparisonRecord>& comparisons)
{
    std::vector<std::string> sentences;
    for (const Claim& claim : claims()) {
        const auto smaller = std::find_if(records.rbegin(), records.rend(), [&](const Record& record) {
            return record.configuration.model == claim.smaller && newest(records, claim.larger, record) != nullptr;
        });
        if (smaller == records.rend())
            continue;
        const Record& larger = *newest(records, claim.larger, *smaller);
        std::optional<Speed> speed = compared(comparisons, *smaller, larger);
        if (!speed)
            speed = oneAfterTheOther(*smaller, larger);
        if (speed)
            sentences.push_back(sentence(claim, *smaller, larger, *speed));
    }
    return sentences;
}

} // namespace lathe
