#include "ui/plots/promise_figures.h"

#include <QObject>

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/pruning/prune_text.h"

namespace lathe::ui {

namespace {

const QString kNone = QStringLiteral("–");

double promisedOf(const PrunedVariant& variant, const PrunedVariant& original)
{
    return static_cast<double>(original.macs) / static_cast<double>(std::max<std::int64_t>(1, variant.macs));
}

QString verdictText(const Comparison& speed)
{
    switch (speed.verdict) {
    case Verdict::FirstFaster:
        return QObject::tr("slower");
    case Verdict::SecondFaster:
        return QObject::tr("faster");
    case Verdict::NoDifferenceShown:
        break;
    }
    return QObject::tr("no difference shown");
}

FigureCell foundCell(const PrunedVariant& variant)
{
    if (!variant.speed)
        return {kNone};
    const Comparison& speed = *variant.speed;
    return {QObject::tr("%1 (%2)").arg(toQString(formatSignificant(1.0 / speed.ratio)),
                                       toQString(formatRange(1.0 / speed.ciHigh, 1.0 / speed.ciLow))),
            1.0 / speed.ratio,
            QObject::tr("%1\n%2 inferences of each").arg(toQString(speed.sentence)).arg(speed.aMilliseconds.size())};
}

FigureCell accuracyCell(const PrunedVariant& variant)
{
    if (!variant.accuracy)
        return {kNone};
    const Evaluation& after = variant.accuracy->after;
    return {QObject::tr("%1 (%2 to %3)")
                .arg(shareText(after.accuracy, 2), shareText(after.interval.low, 2), shareText(after.interval.high, 2)),
            after.accuracy, toQString(accuracySentence(*variant.accuracy))};
}

/// What a horizontal axis shows.
double abscissa(const PrunedVariant& variant, PromiseAxis x)
{
    if (x == PromiseAxis::Macs)
        return static_cast<double>(variant.macs) / 1e6;
    return x == PromiseAxis::Time ? variant.milliseconds : 100.0 * variant.sparsity;
}

CurvesPlot::Point pointOf(const PrunedVariant& variant, PromiseAxis x)
{
    CurvesPlot::Point point;
    point.x = abscissa(variant, x);
    if (x == PromiseAxis::Time)
        point.xInterval = {variant.ciLow, variant.ciHigh};
    point.y = variant.error.sqnrDb();
    if (variant.accuracy) {
        const Evaluation& after = variant.accuracy->after;
        point.y = 100.0 * after.accuracy;
        point.yInterval = {100.0 * after.interval.low, 100.0 * after.interval.high};
    }
    const QString what =
        variant.speed ? QObject::tr("%1 pruned").arg(shareText(variant.amount, 0)) : QObject::tr("original");
    point.card = QObject::tr("<b>%1</b><br>%2<br>%3 ms<br>%4")
                     .arg(what, toQString(formatSi(static_cast<double>(variant.macs), "MACs")).toHtmlEscaped(),
                          toQString(formatWithInterval(variant.milliseconds, variant.ciLow, variant.ciHigh)),
                          variant.accuracy ? QObject::tr("accuracy %1").arg(accuracyCell(variant).text)
                                           : toQString(formatFixed(point.y, 1)) + QStringLiteral(" dB"));
    return point;
}

double shareLeft(std::int64_t after, std::int64_t before)
{
    return static_cast<double>(after) / static_cast<double>(std::max<std::int64_t>(1, before));
}

} // namespace

std::vector<ColumnHeader> promiseColumns()
{
    const auto tr = [](const char* text) { return QObject::tr(text); };
    const Qt::Alignment number = cellAlignment(true);
    return {{tr("Amount"), tr("That was asked for"), number},
            {tr("Sparsity"), tr("Weights that are 0, or parameters that are gone"), number},
            {tr("Parameters"), {}, number},
            {tr("MACs"), tr("Multiply-accumulates of one input"), number},
            {tr("Promised"), tr("How many times as fast fewer multiply-accumulates would make it"), number},
            {tr("Found"), tr("How many times as fast it is, with the 99 % interval, from inferences in turns"), number},
            {tr("Verdict"), tr("Whether a difference is shown")},
            {tr("ms"), tr("Median time of an inference in the mode fused, with its 95 % interval"), number},
            {tr("File"), tr("Size of the safetensors file"), number},
            {tr("gzip"), tr("Of that file once gzip has compressed it"), number},
            {tr("Accuracy"), tr("On the dataset's test images, with its 95 % interval; of trained networks"), number},
            {tr("SQNR dB"), tr("Ratio of signal to noise of the output, against the original"), number}};
}

FigureRow promiseFigures(const PrunedVariant& variant, const PrunedVariant& original)
{
    const auto si = [](std::int64_t count) {
        return FigureCell{toQString(formatSi(static_cast<double>(count))), static_cast<qlonglong>(count)};
    };
    const auto bytes = [](std::int64_t count) {
        return FigureCell{toQString(formatBytes(static_cast<double>(count))), static_cast<qlonglong>(count)};
    };
    const bool isPruned = variant.speed.has_value();
    const double promised = promisedOf(variant, original);
    const double db = variant.error.sqnrDb();
    return {isPruned ? FigureCell{shareText(variant.amount, 0), variant.amount}
                     : FigureCell{QObject::tr("original"), 0.0},
            {shareText(variant.sparsity), variant.sparsity},
            si(variant.parameters),
            si(variant.macs),
            isPruned ? FigureCell{QString::number(promised, 'f', 2), promised} : FigureCell{kNone},
            foundCell(variant),
            isPruned ? FigureCell::of(verdictText(*variant.speed)) : FigureCell{kNone},
            {toQString(formatWithInterval(variant.milliseconds, variant.ciLow, variant.ciHigh)), variant.milliseconds},
            bytes(variant.size.bytes),
            bytes(variant.size.gzipBytes),
            accuracyCell(variant),
            std::isinf(db) ? FigureCell{QObject::tr("exact")} : FigureCell{toQString(formatFixed(db, 1)), db}};
}

CurvesPlot::Content promiseCurves(const std::vector<PrunedVariant>& variants, PromiseAxis x)
{
    CurvesPlot::Content content;
    CurvesPlot::Series series;
    series.key = QStringLiteral("variants");
    series.text = variants.back().accuracy ? QObject::tr("accuracy, with 95 % intervals")
                                           : QObject::tr("SQNR of the output; the original has no error");
    for (const PrunedVariant& variant : variants)
        series.points.push_back(pointOf(variant, x));
    content.series.push_back(std::move(series));
    return content;
}

PlotTitles promiseTitles(const std::vector<PrunedVariant>& variants, PromiseAxis x)
{
    const QString y = variants.back().accuracy ? QObject::tr("Accuracy (%)") : QObject::tr("SQNR (dB)");
    if (x == PromiseAxis::Macs)
        return {{}, QObject::tr("MACs of one input (millions)"), y};
    if (x == PromiseAxis::Time)
        return {{}, QObject::tr("Time of an inference (ms)"), y};
    return {{}, QObject::tr("Sparsity (%)"), y};
}

RemainsPlot::Content promiseRemains(const PrunedVariant& variant, const PrunedVariant& original)
{
    const double macs = shareLeft(variant.macs, original.macs);
    RemainsPlot::Content content;
    content.rows.push_back({QObject::tr("Parameters"), shareLeft(variant.parameters, original.parameters), {}, {}});
    content.rows.push_back({QObject::tr("Multiply-accumulates"), macs, {}, {}});
    if (variant.speed)
        content.rows.push_back({QObject::tr("Time of an inference"), variant.speed->ratio,
                                RemainsPlot::Interval{variant.speed->ciLow, variant.speed->ciHigh}, macs});
    content.rows.push_back({QObject::tr("File"), variant.fileShare(original), {}, {}});
    content.rows.push_back(
        {QObject::tr("File, gzipped"), shareLeft(variant.size.gzipBytes, original.size.gzipBytes), {}, {}});
    return content;
}

} // namespace lathe::ui
