#include "app/prune_study_report.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/output.h"
#include "core/analysis/significant.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string percent(double share, int decimals = 1)
{
    return formatFixed(100.0 * share, decimals) + " %";
}

std::string decibels(double value)
{
    return std::isinf(value) ? "exact" : formatFixed(value, 1);
}

Json finite(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json toJson(const SensitivityPoint& point)
{
    Json json{{"amount", point.amount},
              {"sparsity", point.sparsity},
              {"sqnr_db", finite(point.error.sqnrDb())},
              {"agreement", point.error.agreement()},
              {"accuracy", nullptr}};
    if (point.accuracy) {
        json["accuracy"] = *point.accuracy;
        json["ci_low"] = point.interval->low;
        json["ci_high"] = point.interval->high;
    }
    return json;
}

/// By accuracy where that is known, else in dB.
std::string pointText(const SensitivityPoint& point)
{
    return point.accuracy ? percent(*point.accuracy) : decibels(point.error.sqnrDb());
}

Json toJson(const PrunedVariant& variant, const PrunedVariant& original)
{
    Json json{
        {"amount", variant.amount},
        {"sparsity", variant.sparsity},
        {"masks", variant.hasMasks},
        {"params", variant.parameters},
        {"macs", variant.macs},
        {"size_bytes", variant.size.bytes},
        {"gzip_bytes", variant.size.gzipBytes},
        {"latency_ms", {{"median", variant.milliseconds}, {"ci_low", variant.ciLow}, {"ci_high", variant.ciHigh}}},
        {"sqnr_db", finite(variant.error.sqnrDb())},
        {"accuracy", nullptr}};
    if (variant.speed) {
        json["promised_speed_up"] = static_cast<double>(original.macs) / static_cast<double>(variant.macs);
        json["speed_up"] = 1.0 / variant.speed->ratio;
        json["speed_up_ci_low"] = 1.0 / variant.speed->ciHigh;
        json["speed_up_ci_high"] = 1.0 / variant.speed->ciLow;
        json["pairs"] = variant.speed->aMilliseconds.size();
        json["verdict"] = variant.speed->sentence;
        json["sentences"] = promiseSentences(original, variant);
    }
    if (variant.accuracy) {
        json["accuracy"] = variant.accuracy->after.accuracy;
        json["ci_low"] = variant.accuracy->after.interval.low;
        json["ci_high"] = variant.accuracy->after.interval.high;
    }
    return json;
}

std::string outputText(const PrunedVariant& variant)
{
    const double kept = variant.error.sqnrDb();
    return std::isinf(kept) ? "–" : decibels(kept) + " dB";
}

std::vector<std::string> row(const PrunedVariant& variant, const PrunedVariant& original)
{
    const double promised = static_cast<double>(original.macs) / static_cast<double>(variant.macs);
    return {variant.speed ? percent(variant.amount, 0) : "as it was",
            percent(variant.sparsity),
            formatSi(static_cast<double>(variant.parameters)),
            formatSi(static_cast<double>(variant.macs)),
            variant.speed ? formatSignificant(promised) : "",
            variant.speed ? fmt::format("{} ({})", formatSignificant(1.0 / variant.speed->ratio),
                                        formatRange(1.0 / variant.speed->ciHigh, 1.0 / variant.speed->ciLow))
                          : "",
            formatWithInterval(variant.milliseconds, variant.ciLow, variant.ciHigh),
            percent(variant.fileShare(original)),
            variant.accuracy ? percent(variant.accuracy->after.accuracy, 2) : outputText(variant)};
}

/// What layers lost: entries of their weights that are 0 or gone.
Json layersJson(const LoadedModel& before, const LoadedModel& after)
{
    Json layers = Json::array();
    const auto was = layerSparsity(before);
    const auto now = layerSparsity(after);
    for (std::size_t i = 0; i < was.size() && i < now.size(); ++i)
        layers.push_back(
            {{"name", was[i].layer}, {"pruned", was[i].numel - now[i].numel + now[i].pruned}, {"numel", was[i].numel}});
    return layers;
}

Json toJson(const GradualStep& step)
{
    Json json{{"sparsity", step.sparsity}, {"macs_share", step.macsShare}};
    json["latency_share"] = step.latencyShare ? Json(*step.latencyShare) : Json();
    json["validation_accuracy"] = step.validationAccuracy ? Json(*step.validationAccuracy) : Json();
    return json;
}

void printGradualJson(const LoadedModel& before, const GradualOutcome& outcome,
                      const std::vector<PrunedVariant>& variants, const std::string& out)
{
    const GraphCost old = cost(before.graph), now = cost(outcome.model.graph);
    Json json{{"model", before.name},
              {"out", out.empty() ? Json(nullptr) : Json(out)},
              {"scheme", pruningText(outcome.model)},
              {"params_before", old.parameters},
              {"params", now.parameters},
              {"macs_before", old.macs},
              {"macs", now.macs},
              {"sparsity", outcome.steps.empty() ? 0.0 : outcome.steps.back().sparsity},
              {"meets_target", outcome.meetsTarget},
              {"steps", Json::array()}};
    for (const GradualStep& step : outcome.steps)
        json["steps"].push_back(toJson(step));
    if (variants.size() == 2)
        json["measured"] = {toJson(variants[0], variants[0]), toJson(variants[1], variants[0])};
    json["layers"] = layersJson(before, outcome.model);
    fmt::print("{}\n", json.dump(2));
}

} // namespace

void printSensitivity(const std::string& model, const std::string& way, const std::vector<SensitivityCurve>& curves,
                      bool json)
{
    if (json) {
        Json document{
            {"model", model}, {"way", way}, {"curves", Json::array()}, {"sentences", sensitivitySentences(curves)}};
        for (const SensitivityCurve& curve : curves) {
            Json points = Json::array();
            for (const SensitivityPoint& point : curve.points)
                points.push_back(toJson(point));
            document["curves"].push_back(
                {{"layer", curve.layer.empty() ? Json(nullptr) : Json(curve.layer)}, {"points", std::move(points)}});
        }
        fmt::print("{}\n", document.dump(2));
        return;
    }
    std::vector<std::string> header{"pruned"};
    for (const SensitivityPoint& point : curves.front().points)
        header.push_back(percent(point.amount, 0));
    std::vector<std::vector<std::string>> rows;
    for (const SensitivityCurve& curve : curves) {
        std::vector<std::string>& cells = rows.emplace_back(std::vector{curve.layer.empty() ? "all" : curve.layer});
        for (const SensitivityPoint& point : curve.points)
            cells.push_back(pointText(point));
    }
    printTable(header, rows);
    fmt::print("\n{}\n", curves.front().points.front().accuracy
                             ? "Accuracy on training images drawn for it, without training afterwards."
                             : "Signal to noise of the network's output in dB, without training afterwards.");
    for (const std::string& sentence : sensitivitySentences(curves))
        fmt::print("{}\n", sentence);
}

void printVariants(const std::string& model, const std::string& way, const std::vector<PrunedVariant>& variants,
                   bool json)
{
    if (json) {
        Json document{{"model", model}, {"way", way}, {"variants", Json::array()}};
        for (const PrunedVariant& variant : variants)
            document["variants"].push_back(toJson(variant, variants.front()));
        fmt::print("{}\n", document.dump(2));
        return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const PrunedVariant& variant : variants)
        rows.push_back(row(variant, variants.front()));
    printTable({"amount", "sparsity", "params", "MACs", "promised", "times as fast (99 %)", "time (ms)", "file",
                "accuracy or output"},
               rows);
    fmt::print("\n");
    for (std::size_t i = 1; i < variants.size(); ++i)
        for (const std::string& sentence : promiseSentences(variants.front(), variants[i]))
            fmt::print("{}: {}\n", percent(variants[i].amount, 0), sentence);
}

void printGradual(const LoadedModel& before, const GradualOutcome& outcome, const std::vector<PrunedVariant>& variants,
                  const std::string& out, bool json)
{
    if (json)
        return printGradualJson(before, outcome, variants, out);
    std::vector<std::vector<std::string>> rows;
    for (const GradualStep& step : outcome.steps)
        rows.push_back({fmt::format("{}", rows.size() + 1), percent(step.sparsity), percent(step.macsShare),
                        step.latencyShare ? percent(*step.latencyShare) : "–",
                        step.validationAccuracy ? percent(*step.validationAccuracy, 2) : "–"});
    printTable({"step", "sparsity", "MACs left", "time left", "validation accuracy"}, rows);
    fmt::print("\n{}\n", outcome.meetsTarget ? "The target is met."
                                             : "The target is not met; take more steps, or exclude fewer layers.");
    if (variants.size() == 2)
        for (const std::string& sentence : promiseSentences(variants[0], variants[1]))
            fmt::print("{}\n", sentence);
    if (!out.empty())
        fmt::print("{}: written.\n", out);
}

} // namespace lathe::cli
