#include "ui/quantization/quantize_text.h"

#include <QFileInfo>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/benchmark/as_run.h"
#include "ui/architectures/model_file.h"
#include "ui/compression/outcome_text.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr std::size_t kMostNamed = 6;

std::string headline(const QuantizedNetwork& network)
{
    const LoadedModel& model = network.chosen->model;
    const auto bytes = static_cast<double>(savedBytes(model));
    const auto floatBytes = static_cast<double>(savedBytes(network.subject->model));
    return fmt::format("{} in {}: {} instead of {}, {} %; {}.",
                       shortModelName(toQString(network.wish.names.model)).toStdString(),
                       schemeText(*model.quantization), formatBytes(bytes), formatBytes(floatBytes),
                       formatFixed(100.0 * bytes / floatBytes, 1), outputText(network.output, "float32"));
}

std::string namesOf(const QuantizedNetwork& network, const std::vector<NodeId>& nodes)
{
    std::string names;
    for (std::size_t i = 0; i < std::min(nodes.size(), kMostNamed); ++i)
        names += (i > 0 ? ", " : "") + network.whole->model.graph.node(nodes[i]).name;
    if (nodes.size() > kMostNamed)
        names += fmt::format(" and {} more", nodes.size() - kMostNamed);
    return names;
}

/// In time.
std::string priceText(const QuantizedNetwork& network)
{
    const Savings& savings = network.measured->savings;
    const double lost = network.suggested->suggestion.lostMs;
    if (lost <= 0.0)
        return "That costs no time: they are not faster quantized.";
    return fmt::format("That costs {} ms of an inference, which takes {} ms with all of them quantized and {} ms in "
                       "float32.",
                       formatSignificant(lost, 2), formatSignificant(savings.quantizedMs),
                       formatSignificant(savings.floatMs));
}

std::string budgetText(const ErrorBudget& budget)
{
    return budget.sqnrDb > 0.0 ? formatFixed(budget.sqnrDb, 1) + " dB"
                               : fmt::format("at most {} % of changed classes", formatSignificant(budget.points));
}

std::string suggestionSentence(const QuantizedNetwork& network)
{
    const SuggestedLayers& suggested = *network.suggested;
    const Suggestion& suggestion = suggested.suggestion;
    const std::string budget = budgetText(suggested.budget);
    const std::string now =
        std::isinf(suggestion.error.sqnrDb())
            ? "The output has no error now"
            : fmt::format("The output keeps {} dB and {:.2f} % of the classes now",
                          formatFixed(suggestion.error.sqnrDb(), 1), 100.0 * suggestion.error.agreement());
    if (suggestion.inFloat.empty())
        return fmt::format("For {} no layer has to stay in float32. {}.", budget, now);
    return fmt::format("{}, {} asked for, with {} of {} layers left in float32: {}. {}{}", now, budget,
                       suggestion.inFloat.size(), quantizedLayers(*network.whole).size(),
                       namesOf(network, suggestion.inFloat), priceText(network),
                       suggestion.meetsBudget ? "" : " More cannot be had.");
}

std::string timeSentence(const LayerMeasurements& measured)
{
    const Savings& savings = measured.savings;
    return fmt::format(
        "Summed over the layers, with all of them quantized: {} ms instead of {} ms in float32, batch {}. "
        "Measure the saved file for a verdict with intervals.",
        formatSignificant(savings.quantizedMs), formatSignificant(savings.floatMs), measured.batch);
}

/// What the numbers do not say.
void addLimits(std::vector<std::string>& sentences, const QuantizedNetwork& network)
{
    const CompressionSubject& subject = *network.subject;
    const Scheme scheme = network.wish.options.scheme;
    if (!subject.calibration && scheme != Scheme::Static)
        sentences.emplace_back("The errors are those of random inputs, and real ones may lose more or less. Take "
                               "images like those it is for to see.");
    else if (!subject.calibration)
        sentences.emplace_back("Its grids were found on random inputs: of its accuracy on real ones nothing is known. "
                               "Calibrate it on images like those it is for.");
    if (!subject.isTrained)
        sentences.emplace_back("Its weights are not trained, so that nothing can be said of its accuracy. Train it in "
                               "the tab Train, or add a file with weights on the left.");
    if (scheme != Scheme::WeightOnly && network.wish.options.weights.bits == 7)
        sentences.emplace_back("Weights use 7 of their 8 bits: without VNNI a CPU adds products of 8 bits in 16, where "
                               "they overflow.");
}

} // namespace

std::vector<std::string> networkSentences(const QuantizedNetwork& network, const std::string& instructionSets)
{
    if (quantizedLayers(*network.chosen).empty())
        return {"All layers are in float32: nothing is quantized. Choose a precision in the table, or a preset."};
    std::vector<std::string> sentences{headline(network)};
    if (network.suggested)
        sentences.push_back(suggestionSentence(network));
    if (network.accuracy)
        sentences.push_back(accuracyText(*network.accuracy));
    if (network.measured)
        sentences.push_back(timeSentence(*network.measured));
    addLimits(sentences, network);
    const LoadedModel& model = network.chosen->model;
    if (const auto mode = modeFor(kUsualMode, model))
        for (std::string& caveat : caveatsOf(*mode, model, instructionSets))
            sentences.push_back(std::move(caveat));
    return sentences;
}

std::string savedSentence(const QuantizedNetwork& network, const QString& path)
{
    const auto mode = modeFor(kUsualMode, network.chosen->model);
    return fmt::format("Saved as {}, and ticked in the list on the left: tick the mode {} there, too, and press Run to "
                       "measure it.",
                       path.toStdString(), mode ? name(*mode) : std::string_view());
}

QString suggestedFile(const QuantizedNetwork& network)
{
    const QString model = QFileInfo(shortModelName(toQString(network.wish.names.model))).completeBaseName();
    QString scheme = toQString(schemeText(*network.chosen->model.quantization));
    return QStringLiteral("%1-%2.safetensors").arg(model, scheme.replace(QLatin1Char(' '), QLatin1Char('-')));
}

} // namespace lathe::ui
