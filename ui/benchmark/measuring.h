#pragma once

#include <functional>
#include <stop_token>

#include "core/base/progress.h"
#include "core/benchmark/compare.h"
#include "core/benchmark/peaks_file.h"
#include "core/benchmark/width_scan.h"
#include "core/engine/backend.h"
#include "core/quantization/tensor_values.h"
#include "core/session/session.h"
#include "core/training/train_to_file.h"

namespace lathe::ui {

/// What the window has done on its worker thread. Tests put something quick in.
struct Measuring {
    /// Loads what measuring needs; at the start, once the window shows.
    std::function<Result<BackendInfo>()> prepare;
    std::function<Result<Record>(const Configuration&, const Setup&, std::stop_token, const ProgressSink&)> measure;
    /// Within `maxSeconds` of the setup.
    std::function<Result<Comparison>(const Configuration& a, const Configuration& b, const Setup&, std::stop_token,
                                     const ProgressSink&)>
        compare;
    /// This machine's roofs as they were measured before; the error says why there are none.
    std::function<Result<Peaks>(int threads)> knownPeaks = {};
    std::function<Result<KnownPeaks>(int threads, std::stop_token, const ProgressSink&)> measurePeaks = {};
    std::function<Result<WidthScan>(const ScannedLayer&, const WidthScanOptions&, std::stop_token, const ProgressSink&)>
        scanWidths = {};
    std::function<Result<TrainedFile>(const TrainingWish&, const TrainingEvents&, std::stop_token)> train = {};
    /// Weights or activations of a layer of a model: an architecture's name or a file.
    std::function<Result<TensorValues>(const std::string& model, const LayerRequest&)> layerValues = {};

    /// What runs networks, for work that is more than one call; loaded when it is first asked for.
    std::function<Result<Backend*>()> backend = {};

    /// With LibTorch, or in child processes where the setup says so.
    static Measuring withEngine();
};

} // namespace lathe::ui
