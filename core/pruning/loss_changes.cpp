#include "core/pruning/loss_changes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>

#include <fmt/format.h>

#include "core/base/float_formats.h"
#include "core/datasets/batch_maker.h"
#include "core/pruning/along_axis_p.h"
#include "core/training/fitting_dataset.h"

namespace lathe {

namespace {

/// Adds the products of one parameter along each axis that has classes.
void addProducts(const HostTensor& weight, const HostTensor& gradient, const AxisClasses& axes,
                 std::vector<double>& sums)
{
    const float* w = weight.floats();
    const float* g = gradient.floats();
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
        if (const ChannelClasses& classes = axes[axis]; !classes.empty())
            forEachAlong(weight.shape, axis, [&](std::size_t i, std::int64_t place) {
                sums[static_cast<std::size_t>(classes[i])] += static_cast<double>(w[place]) * g[place];
            });
}

tl::unexpected<Error> withoutGradient(const Parameter& parameter)
{
    return fail(ErrorCode::InvalidArgument,
                fmt::format("The first-order criterion needs a gradient of {} of its shape {}; give those of this "
                            "network.",
                            parameter.name, toString(parameter.shape)));
}

} // namespace

Result<std::vector<double>> firstOrderChanges(const Graph& graph, const ChannelClassesOfGraph& classes,
                                              const StateDict& weights, const StateDict& gradients)
{
    std::map<std::string, const HostTensor*> byName;
    for (const NamedTensor& gradient : gradients)
        byName[gradient.name] = &gradient.tensor;
    std::vector<double> sums(static_cast<std::size_t>(classes.count()), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Parameter& parameter = graph.parameters()[i];
        const AxisClasses& axes = classes.parameters[i];
        const bool isOfNone = std::all_of(axes.begin(), axes.end(), [](const auto& axis) { return axis.empty(); });
        if (!parameter.trainable || isOfNone)
            continue;
        const auto gradient = byName.find(parameter.name);
        if (gradient == byName.end() || gradient->second->shape != parameter.shape)
            return withoutGradient(parameter);
        const Result<HostTensor> weight = asFloat32(weights[i].tensor);
        if (!weight)
            return tl::unexpected(weight.error());
        addProducts(*weight, *gradient->second, axes, sums);
    }
    std::transform(sums.begin(), sums.end(), sums.begin(), [](double sum) { return std::abs(sum); });
    return sums;
}

Result<std::vector<double>> lossChanges(Backend& backend, const LoadedModel& model, const Dataset& dataset,
                                        const LossChangeOptions& options, const std::stop_token& stop,
                                        const ProgressSink& progress)
{
    if (auto sorts = checkClasses(model, dataset); !sorts)
        return tl::unexpected(sorts.error());
    const std::int64_t count = std::min(options.samples, dataset.train.count());
    const auto drawn = drawSamples(dataset.train.count(), count, options.seed);
    if (!drawn)
        return tl::unexpected(drawn.error());
    auto trainee = backend.prepareTraining(model.graph, model.weights, {});
    if (!trainee)
        return tl::unexpected(trainee.error());
    const ChannelClassesOfGraph classes = channelClasses(model.graph);
    const BatchMaker maker(dataset.train, normalisationFor(model, dataset));
    const std::span<const std::int64_t> all(*drawn);
    const auto batch = static_cast<std::size_t>(options.batch);
    std::vector<double> mean(static_cast<std::size_t>(classes.count()), 0.0);
    for (std::size_t begin = 0; begin < all.size(); begin += batch) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "Taking gradients was stopped.");
        const auto images = all.subspan(begin, std::min(batch, all.size() - begin));
        const auto changes =
            (*trainee)->gradients(maker.images(images), maker.labels(images)).and_then([&](const StateDict& g) {
                return firstOrderChanges(model.graph, classes, model.weights, g);
            });
        if (!changes)
            return changes;
        const double share = static_cast<double>(images.size()) / static_cast<double>(all.size());
        std::transform(mean.begin(), mean.end(), changes->begin(), mean.begin(),
                       [&](double sum, double change) { return sum + share * change; });
        if (progress)
            progress({static_cast<double>(begin + images.size()) / static_cast<double>(all.size()),
                      fmt::format("gradients of {} of {} images", begin + images.size(), all.size())});
    }
    return mean;
}

} // namespace lathe
