#include "ui/recipe/recipe_content.h"

#include <algorithm>

#include "core/analysis/pareto.h"
#include "core/analysis/significant.h"
#include "core/recipe/recipe_text.h"
#include "core/training/training_text.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

QString tr(const char* text)
{
    return QObject::tr(text);
}

/// "−0.42": from the network before; empty for the first.
QString pointsFrom(const RecipeResult& result, const RecipeResultStep& step)
{
    if (step.parent < 0)
        return {};
    const double points =
        100.0 * (step.test.accuracy - result.steps[static_cast<std::size_t>(step.parent)].test.accuracy);
    return (points > 0.0 ? QStringLiteral("+") : QString()) + toQString(formatFixed(points, 2));
}

WaterfallPlot::Quantity counted(const QString& name, const RecipeResult& result, const std::vector<std::size_t>& way,
                                std::int64_t RecipeResultStep::*count)
{
    WaterfallPlot::Quantity quantity;
    quantity.name = name;
    const auto first = static_cast<double>(result.steps.front().*count);
    for (const std::size_t index : way)
        quantity.shares.push_back(static_cast<double>(result.steps[index].*count) / std::max(1.0, first));
    return quantity;
}

QString cardOf(const RecipeResult& result, std::size_t index)
{
    const RecipeResultStep& step = result.steps[index];
    return tr("<b>%1</b><br>%2<br>%3 ms")
        .arg(toQString(stepTitle(step)).toHtmlEscaped(), toQString(percentText(step.test.accuracy)),
             toQString(formatSignificant(step.milliseconds)));
}

CurvesPlot::Point pointOf(const RecipeResult& result, std::size_t index)
{
    const RecipeResultStep& step = result.steps[index];
    CurvesPlot::Point point;
    point.x = step.milliseconds;
    point.y = 100.0 * step.test.accuracy;
    if (index > 0) {
        const double first = result.steps.front().milliseconds;
        point.xInterval = CurvesPlot::Interval{first * step.time.low, first * step.time.high};
    }
    point.yInterval = CurvesPlot::Interval{100.0 * step.test.interval.low, 100.0 * step.test.interval.high};
    if (index == 0 || step.isLast || !step.isOnFront) // what lies between is told by its card
        point.label = toQString(stepTitle(step));
    point.card = cardOf(result, index);
    return point;
}

/// What a recipe's networks are called where several are drawn.
QString textOf(const RecipeResult& result, const QString& what)
{
    return result.name.empty() ? what : QStringLiteral("%1: %2").arg(toQString(result.name), what);
}

/// The front in one line, what the recipe ends with beside it, and hidden at first what was only on the way: a network
/// that was cut and not trained again sorts hardly anything right, and would press all others together.
void addSeries(CurvesPlot::Content& content, const RecipeResult& result, int category)
{
    CurvesPlot::Series front;
    front.text = textOf(result, tr("front"));
    front.key = QStringLiteral("front%1").arg(category);
    front.category = category;
    front.line = Qt::DashLine;
    front.labelled = true;
    CurvesPlot::Series ends;
    ends.text = textOf(result, tr("other results"));
    ends.key = QStringLiteral("ends%1").arg(category);
    ends.category = category;
    ends.line = Qt::NoPen;
    ends.labelled = true;
    CurvesPlot::Series others = ends;
    others.text = textOf(result, tr("on the way"));
    others.key = QStringLiteral("others%1").arg(category);
    std::vector<Point2> points;
    for (const RecipeResultStep& step : result.steps)
        points.push_back({step.milliseconds, step.test.accuracy});
    const std::vector<std::size_t> best = paretoFront(points, true, false);
    for (const std::size_t index : best)
        front.points.push_back(pointOf(result, index));
    for (std::size_t i = 0; i < result.steps.size(); ++i)
        if (std::find(best.begin(), best.end(), i) == best.end())
            (result.steps[i].isLast ? ends : others).points.push_back(pointOf(result, i));
    content.series.push_back(std::move(front));
    if (!ends.points.empty())
        content.series.push_back(std::move(ends));
    if (others.points.empty())
        return;
    content.hidden.insert(others.key);
    content.series.push_back(std::move(others));
}

FigureCell number(const QString& text, double value)
{
    return {text, value};
}

FigureRow rowOf(const RecipeResult& result, std::size_t index)
{
    const RecipeResultStep& step = result.steps[index];
    const QString sentence = toQString(stepSentence(result, index));
    return {
        FigureCell::of(toQString(stepTitle(step)), sentence),
        {toQString(percentText(step.test.accuracy)), step.test.accuracy, sentence},
        step.change ? number(pointsFrom(result, step), step.change->difference()) : FigureCell{QString()},
        number(toQString(formatSignificant(step.milliseconds)), step.milliseconds),
        {index == 0 ? QStringLiteral("1") : toQString(formatSignificant(1.0 / step.time.ratio)), 1.0 / step.time.ratio,
         index == 0 ? QString()
                    : tr("99 % interval %1").arg(toQString(formatRange(1.0 / step.time.high, 1.0 / step.time.low)))},
        number(toQString(formatBytes(static_cast<double>(step.fileBytes))), static_cast<double>(step.fileBytes)),
        number(toQString(formatSi(static_cast<double>(step.macs))), static_cast<double>(step.macs)),
        number(toQString(formatSi(static_cast<double>(step.parameters))), static_cast<double>(step.parameters)),
        FigureCell::of(step.isOnFront ? tr("yes") : QString())};
}

} // namespace

std::vector<std::size_t> wayTo(const RecipeResult& result, std::size_t index)
{
    std::vector<std::size_t> way;
    for (int i = static_cast<int>(index); i >= 0; i = result.steps[static_cast<std::size_t>(i)].parent)
        way.push_back(static_cast<std::size_t>(i));
    std::reverse(way.begin(), way.end());
    return way;
}

std::vector<std::size_t> endsOf(const RecipeResult& result)
{
    std::vector<bool> goesOn(result.steps.size(), false);
    for (const RecipeResultStep& step : result.steps)
        if (step.parent >= 0)
            goesOn[static_cast<std::size_t>(step.parent)] = true;
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < goesOn.size(); ++i)
        if (!goesOn[i])
            ends.push_back(i);
    return ends;
}

WaterfallPlot::Content waterfallOf(const RecipeResult& result, std::size_t end)
{
    const std::vector<std::size_t> way = wayTo(result, end);
    WaterfallPlot::Content content;
    WaterfallPlot::Quantity time;
    time.name = tr("time of an inference, 99 % interval");
    for (const std::size_t index : way) {
        const RecipeResultStep& step = result.steps[index];
        content.steps.push_back(
            {toQString(step.title), toQString(percentText(step.test.accuracy)), pointsFrom(result, step)});
        time.shares.push_back(step.time.ratio);
        time.intervals.push_back(index == 0 ? std::nullopt
                                            : std::optional(WaterfallPlot::Interval{step.time.low, step.time.high}));
    }
    content.quantities = {time, counted(tr("file"), result, way, &RecipeResultStep::fileBytes),
                          counted(tr("multiply-accumulates"), result, way, &RecipeResultStep::macs)};
    return content;
}

PlotTitles waterfallTitles()
{
    return {{}, {}, tr("Of the first network's (%)")};
}

CurvesPlot::Content frontsOf(const std::vector<RecipeResult>& results)
{
    CurvesPlot::Content content;
    int category = 0;
    for (const RecipeResult& result : results)
        addSeries(content, result, category++);
    return content;
}

PlotTitles frontTitles()
{
    return {{}, tr("Time of an inference (ms)"), tr("Test accuracy (%)")};
}

std::vector<ColumnHeader> recipeColumns()
{
    return {{tr("Step")},
            {tr("Accuracy"), tr("Of the test images that are sorted right"), cellAlignment(true)},
            {tr("Points"), tr("Per cent points gained or lost from the network before"), cellAlignment(true)},
            {tr("ms"), tr("Of an inference: the first network's median, times the ratio"), cellAlignment(true)},
            {tr("Times as fast"), tr("As the first network, in turns with it"), cellAlignment(true)},
            {tr("File"), tr("Bytes of the model file"), cellAlignment(true)},
            {tr("MACs"), tr("Multiply-accumulates for one image"), cellAlignment(true)},
            {tr("Parameters"), tr("Numbers that were learnt"), cellAlignment(true)},
            {tr("Front"), tr("No other network is as fast and as accurate, and better in one")}};
}

std::vector<FigureRow> recipeRows(const RecipeResult& result)
{
    std::vector<FigureRow> rows;
    for (std::size_t i = 0; i < result.steps.size(); ++i)
        rows.push_back(rowOf(result, i));
    return rows;
}

} // namespace lathe::ui
