#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/statistics.h"
#include "core/compression/output_error.h"
#include "core/pruning/pruning_way.h"

/// What pruning costs without any training afterwards, layer by layer and over all of them.
namespace lathe {

struct SensitivityPoint {
    double amount = 0.0;                     ///< that was asked for
    double sparsity = 0.0;                   ///< that the whole network then has: see sparsityOf
    OutputError error;                       ///< against the network as it was
    std::optional<double> accuracy;          ///< on the subject's images; none without labels
    std::optional<stats::Interval> interval; ///< of that, 95 %
};

struct SensitivityCurve {
    std::string layer;                    ///< the one that alone is pruned; empty: all that the way prunes
    std::vector<SensitivityPoint> points; ///< by rising amount
};

struct SensitivityOptions {
    std::vector<double> amounts{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
    bool eachLayer = true; ///< beside all together
};

/// Layers that a way can prune alone: those with weights, or the first layer of each group of channels.
Result<std::vector<std::string>> prunableLayers(const LoadedModel& model, const PruningWay& way);

/// All layers together first, then each. Accuracies are on the images that the subject is judged on, which are of the
/// training part: nothing of the test part is used to choose by. Cancelled.
Result<std::vector<SensitivityCurve>> pruningSensitivity(Backend& backend, const CompressionSubject& subject,
                                                         const PruningWay& way, const SensitivityOptions& options,
                                                         const std::stop_token& stop = {},
                                                         const ProgressSink& progress = {});

/// Which layers hurt most and least, and where the whole begins to.
std::vector<std::string> sensitivitySentences(const std::vector<SensitivityCurve>& curves);

} // namespace lathe
