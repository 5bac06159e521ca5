#include "ui/quantization/playground_work.h"

#include <algorithm>

namespace lathe::ui {

namespace {

Result<std::shared_ptr<const TensorValues>> valuesOf(const PlaygroundSetup& setup)
{
    if (setup.source == PlaygroundSetup::Source::Given)
        return parsedValues(setup.numbers).map([](TensorValues values) {
            return std::make_shared<const TensorValues>(std::move(values));
        });
    const std::int64_t samples = setup.withGrowth ? samplesForSums(setup.channels, setup.samples) : setup.samples;
    return std::make_shared<const TensorValues>(drawnValues(setup.distribution, setup.channels, samples, setup.seed));
}

Result<QuantizationView> viewOf(const TensorValues& values, const PlaygroundSetup& setup, const std::stop_token& stop)
{
    QuantizationChoice choice = setup.choice;
    choice.granularity.axis = values.channelAxis;
    Result<QuantizationGrids> grids = chooseGrids(values.values(), values.tensor.shape, choice, stop);
    if (!grids)
        return tl::unexpected(grids.error());
    QuantizationView view{choice, *std::move(grids), {}, {}};
    view.error = quantizationError(values.values(), view.grids);
    const std::int64_t part = std::min(setup.part, view.grids.partition.parts() - 1);
    view.part = quantizedPart(values.values(), view.grids, part, kMostListed);
    return view;
}

} // namespace

Result<PlaygroundAnswer> playgroundAnswer(const PlaygroundSetup& setup, std::shared_ptr<const TensorValues> layer,
                                          const std::stop_token& stop)
{
    Result<std::shared_ptr<const TensorValues>> values =
        setup.ofLayer() ? Result<std::shared_ptr<const TensorValues>>(std::move(layer)) : valuesOf(setup);
    if (!values)
        return tl::unexpected(values.error());
    Result<QuantizationView> view = viewOf(**values, setup, stop);
    if (!view)
        return tl::unexpected(view.error());
    PlaygroundAnswer answer{*std::move(values), *std::move(view), {}, {}};
    if (!setup.withGrowth)
        return answer;
    Result<ErrorGrowth> growth = errorGrowth(answer.values->values(), answer.view.grids, setup.growth, stop);
    if (growth)
        answer.growth = std::make_shared<const ErrorGrowth>(*std::move(growth));
    else
        answer.growthProblem = growth.error().message;
    return answer;
}

} // namespace lathe::ui
