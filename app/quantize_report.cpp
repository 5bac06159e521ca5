#include "app/quantize_report.h"

#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/output.h"
#include "core/analysis/significant.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string decibels(const std::optional<double>& value)
{
    if (!value)
        return "–";
    return std::isinf(*value) ? "exact" : fmt::format("{:.1f}", *value);
}

Json number(const std::optional<double>& value)
{
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

/// What is known of a layer beside its errors.
struct LayerExtras {
    std::optional<double> sensitivity; ///< dB
    std::optional<LayerSaving> saving;
};

std::map<NodeId, LayerExtras> extrasOf(const QuantizationReport& report)
{
    std::map<NodeId, LayerExtras> extras;
    for (const LayerSensitivity& layer : report.sensitivities)
        extras[layer.node].sensitivity = layer.error.sqnrDb();
    if (report.savings)
        for (const LayerSaving& layer : report.savings->layers)
            extras[layer.node].saving = layer;
    return extras;
}

Json layersJson(const QuantizationReport& report)
{
    const auto extras = extrasOf(report);
    Json layers = Json::array();
    for (const LayerError& error : report.outcome.errors) {
        const Node& node = report.outcome.model.graph.node(error.node);
        const LayerQuantization& layer = report.outcome.model.quantization->layer(error.node);
        Json& json = layers.emplace_back(Json{{"name", node.name},
                                              {"op", std::string(operationName(node.operation))},
                                              {"precision", std::string(name(layer.precision))},
                                              {"reason", layer.reason},
                                              {"sqnr_db", number(error.output)},
                                              {"weight_sqnr_db", number(error.weight)},
                                              {"accumulated_sqnr_db", number(error.accumulated)}});
        const auto more = extras.find(error.node);
        if (more == extras.end())
            continue;
        if (more->second.sensitivity)
            json["alone_sqnr_db"] = number(more->second.sensitivity);
        if (const auto& saving = more->second.saving) {
            json["float_ms"] = saving->floatMs;
            json["quantized_ms"] = saving->quantizedMs;
        }
    }
    return layers;
}

Json accuracyJson(const AccuracyChange& change)
{
    return {{"points", 100.0 * change.difference()},
            {"ci_low", 100.0 * change.interval.low},
            {"ci_high", 100.0 * change.interval.high},
            {"p_value", change.pValue},
            {"agreement", change.agreement()}};
}

Json variantsJson(const std::vector<Variant>& variants)
{
    Json all = Json::array();
    for (const Variant& variant : variants) {
        Json timings = Json::array();
        for (const VariantTiming& timing : variant.timings) {
            Json& json = timings.emplace_back(Json{{"batch", timing.batch},
                                                   {"median_ms", timing.milliseconds},
                                                   {"ci_low", timing.ciLow},
                                                   {"ci_high", timing.ciHigh},
                                                   {"throughput", timing.throughput}});
            if (const auto& against = timing.againstFused) {
                json["speed_up"] = 1.0 / against->ratio;
                json["speed_up_ci_low"] = 1.0 / against->ciHigh;
                json["speed_up_ci_high"] = 1.0 / against->ciLow;
                json["sentence"] = against->sentence;
            }
        }
        Json& json = all.emplace_back(Json{{"name", variant.name},
                                           {"mode", variant.mode},
                                           {"size_bytes", variant.size.bytes},
                                           {"gzip_bytes", variant.size.gzipBytes},
                                           {"peak_tensor_bytes", variant.peakTensorBytes},
                                           {"moved_bytes", variant.movedBytes ? Json(*variant.movedBytes) : Json()},
                                           {"accuracy", nullptr},
                                           {"timings", timings}});
        if (variant.evaluation)
            json["accuracy"] = {{"fraction", variant.evaluation->accuracy},
                                {"ci_low", variant.evaluation->interval.low},
                                {"ci_high", variant.evaluation->interval.high}};
        if (variant.accuracy)
            json["accuracy_difference"] = accuracyJson(*variant.accuracy);
    }
    return all;
}

Json pathJson(const DataPath& path)
{
    constexpr const char* kKinds[] = {"quantize", "dequantize", "integers", "float"};
    Json steps = Json::array();
    for (const PathStep& step : path.steps) {
        Json parameters = Json::array();
        for (const StepParameter& parameter : step.parameters)
            parameters.push_back(
                {{"name", parameter.name}, {"value", parameter.value}, {"fixed_before", parameter.isFixedBefore}});
        steps.push_back({{"layer", step.layer},
                         {"kind", kKinds[static_cast<std::size_t>(step.kind)]},
                         {"kernel", step.kernel},
                         {"reads", step.reads},
                         {"writes", step.writes},
                         {"formula", step.formula},
                         {"parameters", parameters},
                         {"bytes", step.bytes},
                         {"ms", step.milliseconds}});
    }
    return {{"quantizations", path.quantizations},
            {"dequantizations", path.dequantizations},
            {"conversion_ms", path.conversionMs},
            {"total_ms", path.totalMs},
            {"steps", steps}};
}

std::vector<std::string> whyOf(const QuantizationReport& report)
{
    auto sentences =
        speedSentences(speedReport(report.outcome, *report.savings, report.instructionSets), report.outcome);
    for (std::string& caveat : timingCaveats(report.variants))
        sentences.push_back(std::move(caveat));
    return sentences;
}

Json suggestionJson(const QuantizationReport& report)
{
    Json layers = Json::array();
    for (const NodeId node : report.suggestion->inFloat)
        layers.push_back(report.outcome.model.graph.node(node).name);
    return {{"in_float", layers},
            {"output_sqnr_db", number(report.suggestion->error.sqnrDb())},
            {"lost_ms", report.suggestion->lostMs},
            {"meets_budget", report.suggestion->meetsBudget}};
}

void printVariants(const std::vector<Variant>& variants)
{
    std::vector<std::string> header{"variant", "file", "gzip", "peak memory", "moved", "accuracy"};
    for (const VariantTiming& timing : variants.front().timings) {
        header.push_back(fmt::format("ms, batch {}", timing.batch));
        header.emplace_back("against fused");
    }
    std::vector<std::vector<std::string>> rows;
    for (const Variant& variant : variants) {
        const auto bytes = [](std::int64_t count) { return formatBytes(static_cast<double>(count)); };
        std::vector<std::string>& row = rows.emplace_back(std::vector<std::string>{
            variant.name, bytes(variant.size.bytes), bytes(variant.size.gzipBytes), bytes(variant.peakTensorBytes),
            variant.movedBytes ? bytes(*variant.movedBytes) : "–",
            variant.evaluation ? fmt::format("{:.2f} %", 100.0 * variant.evaluation->accuracy) : "–"});
        for (const VariantTiming& timing : variant.timings) {
            row.push_back(formatWithInterval(timing.milliseconds, timing.ciLow, timing.ciHigh));
            row.push_back(timing.againstFused
                              ? fmt::format("{:.2f} times ({:.2f} to {:.2f})", 1.0 / timing.againstFused->ratio,
                                            1.0 / timing.againstFused->ciHigh, 1.0 / timing.againstFused->ciLow)
                              : "");
        }
    }
    fmt::print("\n");
    printTable(header, rows);
    fmt::print("\n");
    for (const std::string& sentence : promiseSentences(variants))
        fmt::print("{}\n", sentence);
}

void printLayers(const QuantizationReport& report)
{
    const auto extras = extrasOf(report);
    std::vector<std::string> header{"layer", "operation", "precision", "weight dB", "output dB", "accumulated dB"};
    if (!extras.empty())
        header.insert(header.end(), {"alone dB", "float ms", "quantized ms"});
    header.emplace_back("why float32");
    std::vector<std::vector<std::string>> rows;
    for (const LayerError& error : report.outcome.errors) {
        const Node& node = report.outcome.model.graph.node(error.node);
        const LayerQuantization& layer = report.outcome.model.quantization->layer(error.node);
        auto& row = rows.emplace_back(std::vector<std::string>{node.name, std::string(operationName(node.operation)),
                                                               precisionText(layer), decibels(error.weight),
                                                               decibels(error.output), decibels(error.accumulated)});
        if (!extras.empty()) {
            const auto more = extras.find(error.node);
            const LayerExtras& extra = more != extras.end() ? more->second : LayerExtras{};
            row.push_back(decibels(extra.sensitivity));
            row.push_back(extra.saving ? formatSignificant(extra.saving->floatMs) : "–");
            row.push_back(extra.saving ? formatSignificant(extra.saving->quantizedMs) : "–");
        }
        row.push_back(layer.reason);
    }
    printTable(header, rows);
    fmt::print(
        "\nSQNR in dB: of the rounded weight, of the layer's output by itself, and with the errors of all layers "
        "before it{}.\n",
        extras.empty() ? "" : "; of the network's output with that layer alone quantized");
}

void printSuggestion(const QuantizationReport& report)
{
    std::string layers;
    for (const NodeId node : report.suggestion->inFloat)
        layers += (layers.empty() ? "" : ", ") + report.outcome.model.graph.node(node).name;
    const Suggestion& s = *report.suggestion;
    const std::string kept = std::isinf(s.error.sqnrDb()) ? "is exactly that of float32"
                                                          : fmt::format("keeps {} dB", decibels(s.error.sqnrDb()));
    fmt::print("Suggested: {} in float32; the output then {}{}, and {} ms are not saved.{}\n",
               layers.empty() ? "no layer" : layers, kept, s.meetsBudget ? "" : ", less than was asked for",
               formatSignificant(s.lostMs),
               quantizedLayers(report.outcome).empty() ? " No layer is left quantized: ask for less." : "");
}

} // namespace

void printQuantizationJson(const QuantizationReport& report)
{
    Json json{{"model", report.subject.model.name},
              {"out", report.out.empty() ? Json(nullptr) : Json(report.out)},
              {"mode", report.mode},
              {"accuracy", nullptr},
              {"accuracy_float", nullptr},
              {"size_bytes", savedBytes(report.outcome.model)},
              {"float_size_bytes", savedBytes(report.subject.model)},
              {"calibration_samples", report.subject.calibration ? report.subject.calibration->samples() : 0}};
    if (const auto& change = report.accuracy) {
        json["accuracy"] = change->after.accuracy;
        json["accuracy_float"] = change->before.accuracy;
        json["accuracy_difference"] = accuracyJson(*change);
    }
    if (report.suggestion)
        json["suggestion"] = suggestionJson(report);
    if (report.savings) {
        json["variants"] = variantsJson(report.variants);
        json["promises"] = promiseSentences(report.variants);
        json["why"] = whyOf(report);
        json["data_path"] = pathJson(dataPath(report.outcome, report.savings->quantizedSteps));
    }
    json["notes"] = report.notes;
    json["layers"] = layersJson(report);
    fmt::print("{}\n", json.dump(2));
}

void printQuantization(const QuantizationReport& report)
{
    printLayers(report);
    const auto bytes = static_cast<double>(savedBytes(report.outcome.model));
    const auto floatBytes = static_cast<double>(savedBytes(report.subject.model));
    fmt::print("{} of {} in float32: {:.1f} %.\n", formatBytes(bytes), formatBytes(floatBytes),
               100.0 * bytes / floatBytes);
    if (report.accuracy)
        fmt::print("{}\n", accuracySentence(*report.accuracy));
    if (report.suggestion)
        printSuggestion(report);
    if (report.savings) {
        printVariants(report.variants);
        fmt::print("\n");
        for (const std::string& sentence : whyOf(report))
            fmt::print("{}\n", sentence);
        for (const std::string& sentence : dataPathSentences(dataPath(report.outcome, report.savings->quantizedSteps)))
            fmt::print("{}\n", sentence);
    }
    for (const std::string& note : report.notes)
        fmt::print("{}\n", forTerminal(note));
    if (!report.out.empty())
        fmt::print("{}: written; it runs in the mode {}.\n", report.out, report.mode);
}

} // namespace lathe::cli
