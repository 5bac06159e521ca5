#include "ui/plots/playground_content.h"

#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr int kCurvePoints = 200;

} // namespace

HistogramPlot::Content valuesContent(const QuantizationView& view)
{
    const QuantizationParameters& parameters = view.part.parameters;
    HistogramPlot::Content content;
    content.bars = view.part.values;
    content.barsText = HistogramPlot::tr("values");
    for (int integer = parameters.integers.low; integer <= parameters.integers.high; ++integer)
        content.grid.push_back(static_cast<double>(dequantize(integer, parameters)));
    content.reach = static_cast<double>(parameters.scale) / 2.0; // which is rounded, not clipped
    content.gridText = HistogramPlot::tr("grid of %1 values").arg(parameters.integers.count());
    content.outsideText = HistogramPlot::tr("clipped");
    return content;
}

PlotTitles valuesTitles(const QuantizationView& view)
{
    return {{}, HistogramPlot::tr("x, %1").arg(toQString(partText(view))), HistogramPlot::tr("Values")};
}

HistogramPlot::Content errorsContent(const QuantizationView& view)
{
    const double half = static_cast<double>(view.part.parameters.scale) / 2.0;
    HistogramPlot::Content content;
    content.bars = view.part.errors;
    content.barsText = HistogramPlot::tr("errors");
    content.grid = {-half, half};
    content.gridText = HistogramPlot::tr("half a step, ±s/2");
    content.outsideText = HistogramPlot::tr("by clipping");
    return content;
}

PlotTitles errorsTitles()
{
    return {{}, HistogramPlot::tr("Error (dequantized − x)"), HistogramPlot::tr("Values")};
}

HistogramPlot::Content sumsContent(const ErrorGrowth& growth)
{
    HistogramPlot::Content content;
    content.bars = growth.sums;
    content.barsText = HistogramPlot::tr("summed errors");
    content.curveText = HistogramPlot::tr("predicted, σ = s √(n/12)");
    const double scale = static_cast<double>(growth.options.vectors) * growth.sums.binWidth();
    for (int i = 0; i <= kCurvePoints; ++i) {
        const double sum = growth.sums.low + (growth.sums.high - growth.sums.low) * i / kCurvePoints;
        content.curve.emplace_back(sum, scale * predictedDensity(growth, sum));
    }
    return content;
}

PlotTitles sumsTitles(const ErrorGrowth& growth)
{
    return {{}, HistogramPlot::tr("Sum of %L1 errors").arg(growth.options.length), HistogramPlot::tr("Vectors")};
}

} // namespace lathe::ui
