#pragma once

#include <memory>
#include <stop_token>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/probe.h"
#include "core/benchmark/sample.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/session/record.h"

namespace lathe {

/// Refuses a batch, a number of threads or a device that cannot be.
Result<void> checkConfiguration(const Backend& backend, const Configuration& configuration);

/// A model in the form that the configuration's mode runs (see `asRun`), its weights from a fixed seed where it lacks
/// them. Memory is checked before any is taken.
Result<LoadedModel> runnable(Backend& backend, const LoadedModel& model, const Configuration& configuration);

/// The network of a model that is runnable, made ready in the configuration's mode with a random input of its batch.
Result<std::unique_ptr<Network>> prepareNetwork(Backend& backend, const LoadedModel& model,
                                                const Configuration& configuration);

/// Measures one configuration on the calling thread and returns its record.
Result<Record> measureConfiguration(Backend& backend, const Configuration& configuration, const MeasureOptions& options,
                                    std::stop_token stop, const ProgressSink& progress);

/// The same for a model that is loaded already, with a probe of the caller's.
Result<Record> measureModel(Backend& backend, const LoadedModel& model, const Configuration& configuration,
                            const MeasureOptions& options, const Probe& probe, std::stop_token stop,
                            const ProgressSink& progress);

} // namespace lathe
