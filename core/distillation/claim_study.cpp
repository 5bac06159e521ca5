#include "core/distillation/claim_study.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/analysis/significant.h"
#include "core/base/statistics.h"
#include "core/benchmark/compare.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/measure.h"
#include "core/benchmark/task.h"
#include "core/formats/model_file.h"

namespace lathe {

namespace {

constexpr int kFewestPairs = 10; ///< long sequences in large batches take seconds each
constexpr int kEmbeddings = -1;
constexpr int kOther = 1'000'000;

/// Where a layer or parameter of that name belongs: the number of its transformer layer, or one of the above.
int placeOf(const std::string& name)
{
    constexpr std::string_view kLayer = "layer.";
    const std::size_t at = name.find(kLayer);
    if (at != std::string::npos && at + kLayer.size() < name.size() &&
        std::isdigit(static_cast<unsigned char>(name[at + kLayer.size()])))
        return std::stoi(name.substr(at + kLayer.size()));
    return name.find("embeddings") != std::string::npos ? kEmbeddings : kOther;
}

std::string partName(int place)
{
    if (place == kEmbeddings)
        return "embeddings";
    return place == kOther ? "other" : fmt::format("layer {}", place);
}

class Study {
public:
    Study(Backend& backend, const Claim& claim, const ClaimWish& wish, const std::stop_token& stop,
          const ProgressSink& progress)
        : m_backend(backend), m_wish(wish), m_stop(stop), m_progress(progress)
    {
        m_study.claim = claim;
        m_study.mode = wish.mode;
        m_study.threads = wish.threads > 0 ? wish.threads : usableCores();
    }

    Result<ClaimStudy> run()
    {
        if (m_wish.lengths.empty() || m_wish.batches.empty())
            return fail(ErrorCode::InvalidArgument,
                        "Say at least one length of the sequence and one batch, such as 128 and 1.");
        m_backend.setThreads(m_study.threads);
        const std::size_t count = m_wish.lengths.size() * m_wish.batches.size() + 1;
        for (const std::int64_t tokens : m_wish.lengths)
            for (const std::int64_t batch : m_wish.batches) {
                report(count, fmt::format("{} tokens, batch {}: both in turns", tokens, batch));
                if (auto added = compare(tokens, batch); !added)
                    return tl::unexpected(added.error());
            }
        report(count, "their layers");
        return takeApart().map([&] { return std::move(m_study); });
    }

private:
    Configuration at(const std::string& model, std::int64_t tokens, std::int64_t batch) const
    {
        return {model, m_wish.mode, batch, m_study.threads, {tokens}, "cpu"};
    }

    Result<void> compare(std::int64_t tokens, std::int64_t batch)
    {
        CompareOptions options;
        options.maxSeconds = m_wish.secondsEach;
        options.minPairs = kFewestPairs;
        return compareConfigurations(m_backend, at(m_study.claim.smaller, tokens, batch),
                                     at(m_study.claim.larger, tokens, batch), options, m_stop, {})
            .map([&](const Comparison& found) {
                m_study.speeds.push_back({tokens, batch, stats::median(found.bMilliseconds),
                                          stats::median(found.aMilliseconds), found.ratio, found.ciLow, found.ciHigh});
            });
    }

    /// At the middle of the lengths and the first batch.
    Result<void> takeApart()
    {
        m_study.partTokens = m_wish.lengths[m_wish.lengths.size() / 2];
        m_study.partBatch = m_wish.batches.front();
        MeasureOptions options;
        options.maxSeconds = m_wish.secondsEach;
        options.layers = true;
        for (const bool isLarger : {true, false}) {
            const std::string& model = isLarger ? m_study.claim.larger : m_study.claim.smaller;
            auto record =
                measureConfiguration(m_backend, at(model, m_study.partTokens, m_study.partBatch), options, m_stop, {});
            if (!record)
                return tl::unexpected(record.error());
            const auto loaded = loadModel(model, {m_study.partTokens});
            if (!loaded)
                return tl::unexpected(loaded.error());
            (isLarger ? m_study.largerParameters : m_study.smallerParameters) = record->params;
            for (const Parameter& parameter : loaded->graph.parameters()) {
                ClaimPart& part = m_parts[placeOf(parameter.name)];
                if (parameter.trainable)
                    (isLarger ? part.largerParameters : part.smallerParameters) += elementCount(parameter.shape);
            }
            for (const LayerTime& layer : record->layers) {
                ClaimPart& part = m_parts[placeOf(layer.name)];
                (isLarger ? part.largerMs : part.smallerMs) += layer.milliseconds;
            }
            m_study.records.push_back(*std::move(record));
        }
        for (auto& [place, part] : m_parts) {
            part.name = partName(place);
            m_study.parts.push_back(std::move(part));
        }
        return {};
    }

    void report(std::size_t count, const std::string& what) const
    {
        if (m_progress)
            m_progress({static_cast<double>(m_study.speeds.size()) / static_cast<double>(count), what});
    }

    Backend& m_backend;
    const ClaimWish& m_wish;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    ClaimStudy m_study;
    std::map<int, ClaimPart> m_parts;
};

std::string percent(double share)
{
    return fmt::format("{:.0f} %", 100.0 * share);
}

const char* verdictOf(const ClaimSpeed& speed, double published)
{
    if (speed.low > published)
        return "more than published";
    return speed.high < published ? "less than published" : "which holds what was published";
}

std::string speedSentence(const ClaimStudy& study)
{
    const auto [least, most] = std::minmax_element(study.speeds.begin(), study.speeds.end(),
                                                   [](const auto& a, const auto& b) { return a.ratio < b.ratio; });
    const double published = 1.0 + study.claim.faster;
    std::string text = fmt::format(
        "Published: {} faster, {:.1f} times the speed. Here, in the mode {} on {} threads: {} times at {} tokens and "
        "batch {} (99 % interval {}, {})",
        percent(study.claim.faster), published, study.mode, study.threads, formatSignificant(least->ratio),
        least->tokens, least->batch, formatRange(least->low, least->high), verdictOf(*least, published));
    if (least != most)
        text +=
            fmt::format(" to {} times at {} tokens and batch {} (99 % interval {}, {})", formatSignificant(most->ratio),
                        most->tokens, most->batch, formatRange(most->low, most->high), verdictOf(*most, published));
    return text + ".";
}

/// Half of the layers would be twice the speed, were it not for what is no layer.
std::string layersSentence(const ClaimStudy& study)
{
    double smallerRest = 0.0, smaller = 0.0;
    int largerLayers = 0, smallerLayers = 0;
    for (const ClaimPart& part : study.parts) {
        smaller += part.smallerMs;
        if (part.name.starts_with("layer ")) {
            largerLayers += part.largerMs > 0.0 ? 1 : 0;
            smallerLayers += part.smallerMs > 0.0 ? 1 : 0;
        } else {
            smallerRest += part.smallerMs;
        }
    }
    return fmt::format("{} has {} of {}'s {} layers; what is no layer takes {} of its time ({} tokens, batch {}), "
                       "and does not get shorter with fewer layers.",
                       study.claim.smallerTitle, smallerLayers, study.claim.largerTitle, largerLayers,
                       smaller > 0.0 ? formatSignificant(100.0 * smallerRest / smaller, 2) + " %" : "none",
                       study.partTokens, study.partBatch);
}

} // namespace

double ClaimStudy::fewerParameters() const
{
    return 1.0 -
           static_cast<double>(smallerParameters) / static_cast<double>(std::max<std::int64_t>(1, largerParameters));
}

Result<ClaimStudy> studyClaim(Backend& backend, const Claim& claim, const ClaimWish& wish, const std::stop_token& stop,
                              const ProgressSink& progress)
{
    return guarded(fmt::format("Measuring {} and {}", claim.smallerTitle, claim.largerTitle),
                   [&] { return Study(backend, claim, wish, stop, progress).run(); });
}

std::vector<std::string> claimSentences(const ClaimStudy& study)
{
    return {
        fmt::format("Published: {} fewer parameters. Here: {:.1f} % ({} against {} million).",
                    percent(study.claim.fewerParameters), 100.0 * study.fewerParameters(),
                    formatSignificant(static_cast<double>(study.smallerParameters) / 1e6),
                    formatSignificant(static_cast<double>(study.largerParameters) / 1e6)),
        speedSentence(study), layersSentence(study),
        fmt::format("Published: {} of {}'s performance, {}. That cannot be measured here: it takes the tasks' data, "
                    "and both networks trained on each of them.",
                    percent(study.claim.keeps), study.claim.largerTitle, study.claim.keepsOn),
        study.claim.source};
}

std::string claimJson(const ClaimStudy& study)
{
    using Json = nlohmann::ordered_json;
    Json json{{"smaller", study.claim.smaller},
              {"larger", study.claim.larger},
              {"published",
               {{"fewer_params", study.claim.fewerParameters},
                {"faster", study.claim.faster},
                {"keeps", study.claim.keeps},
                {"keeps_on", study.claim.keepsOn},
                {"source", study.claim.source}}},
              {"fewer_params", study.fewerParameters()},
              {"keeps", nullptr},
              {"mode", study.mode},
              {"threads", study.threads},
              {"speeds", Json::array()},
              {"parts", Json::array()},
              {"sentences", claimSentences(study)}};
    for (const ClaimSpeed& s : study.speeds)
        json["speeds"].push_back({{"tokens", s.tokens},
                                  {"batch", s.batch},
                                  {"larger_ms", s.largerMs},
                                  {"smaller_ms", s.smallerMs},
                                  {"ratio", s.ratio},
                                  {"ratio_low", s.low},
                                  {"ratio_high", s.high}});
    for (const ClaimPart& p : study.parts)
        json["parts"].push_back({{"part", p.name},
                                 {"larger_params", p.largerParameters},
                                 {"smaller_params", p.smallerParameters},
                                 {"larger_ms", p.largerMs},
                                 {"smaller_ms", p.smallerMs}});
    return json.dump(2);
}

} // namespace lathe
