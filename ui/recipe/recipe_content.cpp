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

QString pointsFrom(const RecipeResultStep& step)
{
    return step.change ? (step.change->difference() >= 0.0 ? QStringLiteral("+") : QString()) +
                             toQString(formatFixed(100.0 * step.change->difference(), 2))
                       : QString();
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

CurvesPlot::Series networksOf(const RecipeResult& result, int category)
{
    CurvesPlot::Series series;
    series.text = result.name.empty() ? tr("networks of the recipe") : toQString(result.name);
    series.key = QStringLiteral("networks%1").arg(category);
    series.category = category;
    series.line = Qt::NoPen;
    series.labelled = true;
    for (std::size_t i = 0; i < result.steps.size(); ++i) {
        const RecipeResultStep& step = result.steps[i];
        CurvesPlot::Point point;
        point.x = step.milliseconds;
        point.y = 100.0 * step.test.accuracy;
        if (i > 0) {
            const double first = result.steps.front().milliseconds;
            point.xInterval = CurvesPlot::Interval{first * step.time.low, first * step.time.high};
        }
        point.yInterval = CurvesPlot::Interval{100.0 * step.test.interval.low, 100.0 * step.test.interval.high};
        point.label = toQString(stepTitle(step));
        point.card = cardOf(result, i);
        series.points.push_back(std::move(point));
    }
    return series;
}

CurvesPlot::Series frontOf(const RecipeResult& result, int category)
{
    CurvesPlot::Series series;
    series.text = result.name.empty() ? tr("front") : tr("front of %1").arg(toQString(result.name));
    series.key = QStringLiteral("front%1").arg(category);
    series.category = category;
    series.line = Qt::DashLine;
    std::vector<Point2> points;
    for (const RecipeResultStep& step : result.steps)
        points.push_back({step.milliseconds, 100.0 * step.test.accuracy});
    double level = 0.0;
    for (const std::size_t index : paretoFront(points, true, false)) {
        if (!series.points.empty()) // the front keeps its height up to the next network
            series.points.push_back({points[index].x, level, {}, {}, {}, {}});
        series.points.push_back({points[index].x, points[index].y, {}, {}, {}, {}});
        level = points[index].y;
    }
    return series;
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
        step.change ? number(pointsFrom(step), step.change->difference()) : FigureCell{QString()},
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
        content.steps.push_back({toQString(step.title), toQString(percentText(step.test.accuracy)), pointsFrom(step)});
        time.shares.push_back(step.time.ratio);
        time.intervals.push_back(index == 0 ? std::nullopt
                                            : std::optional(WaterfallPlot::Interval{step.time.low, step.time.high}));
    }
    content.quantities = {time, counted(tr("file"), result, way, &RecipeResultStep::fileBytes),
                          counted(tr("multiply-accumulates"), result, way, &RecipeResultStep::macs)};
    return content;
}

CurvesPlot::Content frontsOf(const std::vector<RecipeResult>& results)
{
    CurvesPlot::Content content;
    int category = 0;
    for (const RecipeResult& result : results) {
        content.series.push_back(networksOf(result, category));
        content.series.push_back(frontOf(result, category++));
    }
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
