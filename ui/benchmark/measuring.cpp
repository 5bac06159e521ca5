#include "ui/benchmark/measuring.h"

#include <optional>

#include "core/benchmark/sweep.h"

namespace lathe::ui {

namespace {

Result<BackendInfo> prepareEngine()
{
    const auto backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    return (*backend)->info();
}

/// A sweep says which configuration it is at; the job's title says it already.
ProgressSink withoutPrefix(const ProgressSink& sink, const std::string& prefix)
{
    if (!sink)
        return {};
    return [sink, prefix](const Progress& progress) {
        const bool prefixed = progress.what.compare(0, prefix.size(), prefix) == 0;
        sink({progress.fraction, prefixed ? progress.what.substr(prefix.size()) : progress.what});
    };
}

/// A sweep of one. A record that a stop left whole enough is kept.
Result<Record> measureOne(const Configuration& configuration, const Setup& setup, std::stop_token stop,
                          const ProgressSink& progress)
{
    std::optional<Record> measured;
    std::optional<Error> failure;
    SweepEvents events;
    events.finished = [&](std::size_t, const Record& record) { measured = record; };
    events.failed = [&](std::size_t, const Error& error) { failure = error; };
    events.progress = withoutPrefix(progress, "1 of 1: " + describe(configuration) + ": ");
    const auto swept = runSweep({configuration}, setup, events, std::move(stop));
    if (measured)
        return *std::move(measured);
    if (failure)
        return tl::unexpected(*failure);
    return swept ? fail(ErrorCode::EngineFailure, "The measurement ended without a result; run it again.")
                 : tl::unexpected(swept.error());
}

Result<Comparison> compareTwo(const Configuration& a, const Configuration& b, std::stop_token stop,
                              const ProgressSink& progress)
{
    const auto backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    return compareConfigurations(**backend, a, b, {}, std::move(stop), progress);
}

} // namespace

Measuring Measuring::withEngine()
{
    return {prepareEngine, measureOne, compareTwo};
}

} // namespace lathe::ui
