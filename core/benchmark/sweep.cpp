#include "core/benchmark/sweep.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/process.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/isolate.h"
#include "core/benchmark/measure.h"

namespace lathe {

namespace {

Result<void> checkSetup(const Setup& setup)
{
    if (setup.models.empty())
        return fail(ErrorCode::InvalidArgument, "There is nothing to measure; choose a model.");
    if (setup.modes.empty() || setup.batches.empty())
        return fail(ErrorCode::InvalidArgument, "There is nothing to measure; choose a mode and a batch size.");
    for (const std::string& mode : setup.modes)
        if (const auto known = modeFromName(mode); mode != kUsualMode && !known)
            return tl::unexpected(known.error());
    for (const std::int64_t batch : setup.batches)
        if (batch < 1)
            return fail(ErrorCode::InvalidArgument, fmt::format("A batch of {} cannot be; it takes 1 or more.", batch));
    for (const int threads : setup.threads)
        if (threads < 1)
            return fail(ErrorCode::InvalidArgument, fmt::format("{} threads cannot be; it takes 1 or more.", threads));
    return {};
}

/// Each value once, in the order given: nobody wants a figure twice in one sweep.
template <class T> std::vector<T> distinct(const std::vector<T>& values)
{
    std::vector<T> unique;
    for (const T& value : values)
        if (std::find(unique.begin(), unique.end(), value) == unique.end())
            unique.push_back(value);
    return unique;
}

void appendModel(std::vector<Configuration>& all, const Setup& setup, const LoadedModel& model)
{
    std::vector<std::string> modes;
    for (const std::string& mode : setup.modes)
        modes.emplace_back(name(modeFor(mode, model).value()));
    const std::vector<int> threads = setup.threads.empty() ? std::vector{usableCores()} : distinct(setup.threads);
    for (const std::string& mode : distinct(modes))
        for (const int count : threads)
            for (const std::int64_t batch : distinct(setup.batches))
                all.push_back({model.name, mode, batch, count, model.graph.inputShape(), setup.device});
}

/// At its own input, or else at the first of these that it takes: a TorchScript program does not say what it takes.
Result<LoadedModel> loadAtAny(const std::string& model, const std::vector<Shape>& inputs)
{
    Result<LoadedModel> loaded = loadModel(model, {});
    for (std::size_t i = 0; !loaded && i < inputs.size(); ++i)
        if (auto other = loadModel(model, inputs[i]))
            return other;
    return loaded;
}

/// The inputs that the model can be asked to take: sizes of images, or numbers of tokens.
Result<std::vector<Shape>> inputsFor(const std::string& model, const std::vector<Shape>& inputs)
{
    if (inputs.empty())
        return std::vector<Shape>{{}};
    const auto usual = loadAtAny(model, inputs);
    if (!usual)
        return tl::unexpected(usual.error());
    const Shape& own = usual->graph.inputShape();
    std::vector<Shape> fitting = distinct(inputs);
    std::erase_if(fitting, [&](const Shape& input) { return !input.empty() && input.size() != own.size(); });
    if (fitting.empty())
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} takes {}, such as {}, and none of the input sizes is one: add one, or leave {} out.", model,
                        own.size() == 1 ? "a number of tokens" : "channels, height and width", toString(own), model));
    return fitting;
}

MeasureOptions optionsOf(const Setup& setup)
{
    MeasureOptions options;
    options.precisionTarget = setup.precisionTarget;
    options.maxSeconds = setup.maxSeconds;
    options.layers = setup.layers;
    return options;
}

tl::unexpected<Error> sweepStopped()
{
    return fail(ErrorCode::Cancelled, "The sweep was stopped; what was measured by then is kept.");
}

Measurer measurerHere(Backend& backend, const MeasureOptions& options)
{
    return [&backend, options](const Configuration& configuration, std::stop_token stop, const ProgressSink& progress) {
        return measureConfiguration(backend, configuration, options, stop, progress);
    };
}

Measurer measurerApart(const Setup& setup)
{
    return [setup](const Configuration& configuration, std::stop_token stop, const ProgressSink& progress) {
        if (progress)
            progress({0.0, "in a process of its own"});
        return measureIsolated(latheExecutable(), configuration, setup, stop);
    };
}

} // namespace

Result<std::vector<Configuration>> expand(const Setup& setup)
{
    if (auto sound = checkSetup(setup); !sound)
        return tl::unexpected(sound.error());
    std::vector<Configuration> all;
    for (const std::string& model : distinct(setup.models)) {
        const auto inputs = inputsFor(model, setup.inputs);
        if (!inputs)
            return tl::unexpected(inputs.error());
        for (const Shape& input : *inputs) {
            const auto loaded = loadModel(model, input);
            if (!loaded)
                return tl::unexpected(loaded.error());
            appendModel(all, setup, *loaded);
        }
    }
    return all;
}

Result<Measurer> measurerOf(const Setup& setup)
{
    if (setup.isolate)
        return measurerApart(setup);
    return loadBackend().map([&](Backend* backend) { return measurerHere(*backend, optionsOf(setup)); });
}

Result<void> runSweep(const std::vector<Configuration>& configurations, const Measurer& measure,
                      const SweepEvents& events, std::stop_token stop)
{
    for (std::size_t i = 0; i < configurations.size(); ++i) {
        if (stop.stop_requested())
            return sweepStopped();
        if (events.started)
            events.started(i);
        const auto record = measure(configurations[i], stop, {});
        if (record && events.finished)
            events.finished(i, *record);
        if (!record && record.error().code == ErrorCode::Cancelled)
            return sweepStopped();
        if (!record && events.failed)
            events.failed(i, record.error());
    }
    return stop.stop_requested() ? Result<void>(sweepStopped()) : Result<void>();
}

} // namespace lathe
