#include "ui/pruning/prune_text.h"

#include <QFileInfo>
#include <QRegularExpression>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"
#include "core/training/training_text.h"
#include "ui/architectures/model_file.h"
#include "ui/compression/outcome_text.h"
#include "ui/format.h"
#include "ui/pruning/pruned_rows.h"

namespace lathe::ui {

namespace {

std::string percent(double share)
{
    return formatFixed(100.0 * share, 1) + " %";
}

std::string countText(std::int64_t count)
{
    return formatSi(static_cast<double>(count));
}

std::string grouped(std::int64_t count)
{
    return QStringLiteral("%L1").arg(count).toStdString();
}

std::string schemeOf(const PrunedNetwork& network)
{
    const std::string said = pruningText(*network.model);
    return said.empty() ? toString(network.wish.way) : said;
}

std::string headline(const PrunedNetwork& network)
{
    const std::string model = shortModelName(toQString(network.wish.names.model)).toStdString();
    if (!network.wish.isOfMasks())
        return fmt::format("{}, pruned by {}: {} of its parameters are gone, and {}.", model, schemeOf(network),
                           percent(sparsityOf(network)), outputText(network.output, "the original"));
    const PrunedLayerRow whole = wholeOf(*network.layers);
    return fmt::format("{}, pruned by {}: {} of the weights of its layers are 0 ({} of {}), and {}.", model,
                       schemeOf(network), percent(whole.share()), grouped(whole.pruned), grouped(whole.numel),
                       outputText(network.output, "the original"));
}

std::string costText(const PrunedNetwork& network)
{
    const GraphCost before = cost(network.subject->model.graph);
    const GraphCost after = cost(network.model->graph);
    if (network.wish.isOfMasks())
        return fmt::format("It has {} parameters and {} as before: masks change neither, and dense kernels multiply "
                           "zeros as fast as anything else.",
                           countText(after.parameters), formatSi(static_cast<double>(after.macs), "MACs"));
    const auto share = [](std::int64_t now, std::int64_t was) {
        return percent(static_cast<double>(now) / static_cast<double>(std::max<std::int64_t>(1, was)));
    };
    return fmt::format("It has {} parameters instead of {} ({}), and {} instead of {} ({}).",
                       countText(after.parameters), countText(before.parameters),
                       share(after.parameters, before.parameters), formatSi(static_cast<double>(after.macs), "MACs"),
                       formatSi(static_cast<double>(before.macs), "MACs"), share(after.macs, before.macs));
}

std::string fileText(const PrunedNetwork& network)
{
    const auto bytes = static_cast<double>(savedBytes(*network.model));
    const auto before = static_cast<double>(savedBytes(network.subject->model));
    const std::string sizes = fmt::format("Its file takes {} instead of {}", formatBytes(bytes), formatBytes(before));
    if (network.model->pruning)
        return sizes +
               ": the originals and the masks are kept in it. Make them permanent for a file as large as before; "
               "the page Sizes says what sparse formats make of it.";
    return sizes + (network.wish.isOfMasks()
                        ? ": zeros are stored as any other number. The page Sizes says what sparse "
                          "formats make of it."
                        : ".");
}

std::string stepsText(const PrunedNetwork& network)
{
    const GradualStep& last = network.steps.back();
    std::string text =
        fmt::format("It was pruned in {} step{}", network.steps.size(), network.steps.size() == 1 ? "" : "s");
    if (last.validationAccuracy)
        text += fmt::format(", with training after each (validation accuracy at the end {})",
                            percentText(*last.validationAccuracy));
    if (last.latencyShare)
        text += fmt::format("; an inference takes {} of the original's time", percent(*last.latencyShare));
    return text + (network.meetsTarget ? ". The target is met."
                                       : ". The target is not met: allow more steps, or exclude fewer layers.");
}

/// What the numbers do not say.
void addLimits(std::vector<std::string>& sentences, const PrunedNetwork& network)
{
    const CompressionSubject& subject = *network.subject;
    for (const PrunedLayerRow& row : *network.layers)
        if (row.pruned == row.numel && row.numel > 0) {
            sentences.push_back(fmt::format("Nothing is left of {}: what comes out no longer depends on what goes in. "
                                            "Exclude it, or choose a smaller amount.",
                                            row.name));
            break;
        }
    if (!subject.isTrained)
        sentences.emplace_back(
            "Its weights are not trained, so that which of them go says nothing of a trained network. "
            "Train it in the tab Train, or add a file with weights on the left.");
    else if (!subject.calibration)
        sentences.emplace_back("The outputs were compared on random inputs, and of the accuracy nothing is known. Take "
                               "images like those it is for to see it, and to train afterwards.");
    else if (network.wish.fineTuneEpochs == 0)
        sentences.emplace_back("It was not trained afterwards: a few epochs (More choices) usually win back most of "
                               "what was lost.");
}

} // namespace

std::vector<std::string> networkSentences(const PrunedNetwork& network)
{
    std::vector<std::string> sentences{headline(network)};
    sentences.push_back(costText(network));
    if (network.accuracy)
        sentences.push_back(accuracyText(*network.accuracy));
    sentences.push_back(fileText(network));
    if (!network.steps.empty())
        sentences.push_back(stepsText(network));
    sentences.insert(sentences.end(), network.notes.begin(), network.notes.end());
    addLimits(sentences, network);
    return sentences;
}

std::string savedSentence(const QString& path)
{
    return fmt::format("Saved as {}, and ticked in the list on the left: tick the mode fused there, too, and press Run "
                       "to measure it.",
                       path.toStdString());
}

QString suggestedFile(const PrunedNetwork& network)
{
    static const QRegularExpression other(QStringLiteral("[^A-Za-z0-9.]+"));
    const QString model = QFileInfo(shortModelName(toQString(network.wish.names.model))).completeBaseName();
    QString scheme = toQString(schemeOf(network)).remove(QStringLiteral(" (masks)"));
    return QStringLiteral("%1-%2.safetensors").arg(model, scheme.replace(other, QStringLiteral("-")));
}

QString shareText(double share, int decimals)
{
    return toQString(formatFixed(100.0 * share, decimals) + " %");
}

} // namespace lathe::ui
