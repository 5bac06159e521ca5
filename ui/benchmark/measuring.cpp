#include "ui/benchmark/measuring.h"

#include "core/benchmark/environment.h"
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

Result<Peaks> readKnownPeaks(int threads)
{
    const auto file = peaksFile(threads);
    if (!file)
        return fail(ErrorCode::NotFound, "There is no home folder that the machine's roofs could be kept in.");
    return loadBackend().and_then(
        [&](Backend* backend) { return readPeaks(*file, threads, currentEnvironment(backend->info())); });
}

Result<KnownPeaks> measurePeaksNow(int threads, std::stop_token stop, const ProgressSink& progress)
{
    CalibrationOptions options;
    options.threads = threads;
    return loadBackend().and_then([&](Backend* backend) {
        return peaksOf(*backend, options, peaksFile(threads), true, std::move(stop), progress);
    });
}

Result<WidthScan> scanWidthsNow(const ScannedLayer& layer, const WidthScanOptions& options, std::stop_token stop,
                                const ProgressSink& progress)
{
    return loadBackend().and_then([&](Backend* backend) {
        return scanWidths(*backend, layer, options, systemProbe(), std::move(stop), progress);
    });
}

Result<TensorValues> layerValuesNow(const std::string& model, const LayerRequest& request)
{
    const Result<LoadedModel> loaded = loadModel(model, {});
    if (!loaded)
        return tl::unexpected(loaded.error());
    return loadBackend().and_then([&](Backend* backend) { return layerValues(*backend, *loaded, request); });
}

} // namespace

Measuring Measuring::withEngine()
{
    return {prepareEngine, measureOne,    compareTwo,     readKnownPeaks, measurePeaksNow,
            scanWidthsNow, trainAsWished, layerValuesNow, loadBackend};
}

} // namespace lathe::ui
