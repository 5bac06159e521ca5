#include "core/training/fitting_dataset.h"

#include <fmt/format.h>

namespace lathe {

Result<Dataset> loadFor(const LoadedModel& model, const DatasetName& name, std::uint64_t seed)
{
    const Shape& input = model.graph.inputShape();
    SyntheticOptions synthetic;
    synthetic.seed = seed;
    if (input.size() == 3)
        synthetic.image = input;
    Result<Dataset> dataset = loadDataset(name, synthetic);
    if (dataset && dataset->imageShape() != input)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes an input of {} and the images of {} are {}; train it on that dataset, or "
                                "choose another.",
                                model.name, toString(input), dataset->name, toString(dataset->imageShape())));
    return dataset;
}

Result<void> checkClasses(const LoadedModel& model, const Dataset& dataset)
{
    if (model.graph.outputShape() == Shape{dataset.classes()})
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} gives {} values and {} has {} classes; train it on that dataset, or choose another.",
                            model.name, toString(model.graph.outputShape()), dataset.name, dataset.classes()));
}

Normalisation normalisationFor(const LoadedModel& model, const Dataset& dataset)
{
    const bool says =
        model.preprocessing && model.preprocessing->normalisation.mean.size() == dataset.normalisation.mean.size();
    return says ? model.preprocessing->normalisation : dataset.normalisation;
}

} // namespace lathe
