#include "ui/benchmark/measuring.h"

#include "core/benchmark/sweep.h"
#include "core/engine/backend.h"

namespace lathe::ui {

namespace {

Result<BackendInfo> prepareEngine()
{
    const auto backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    return (*backend)->info();
}

Result<Record> measureOne(const Configuration& configuration, const Setup& setup, std::stop_token stop,
                          const ProgressSink& progress)
{
    return measurerOf(setup).and_then(
        [&](const Measurer& measure) { return measure(configuration, std::move(stop), progress); });
}

Result<Comparison> compareTwo(const Configuration& a, const Configuration& b, const Setup& setup, std::stop_token stop,
                              const ProgressSink& progress)
{
    const auto backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    CompareOptions options;
    options.maxSeconds = setup.maxSeconds;
    return compareConfigurations(**backend, a, b, options, std::move(stop), progress);
}

} // namespace

Measuring Measuring::withEngine()
{
    return {prepareEngine, measureOne, compareTwo};
}

} // namespace lathe::ui
