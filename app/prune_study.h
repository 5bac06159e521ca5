#pragma once

#include <optional>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/prune_options.h"
#include "app/prune_structured.h"

namespace lathe::cli {

/// Flags of `lathe prune` that measure what pruning costs and brings, or train between its steps.
struct StudyOptions {
    bool showsSensitivity = false;
    std::vector<double> sweep;
    bool measures = false;
    int pairs = 0; ///< of inferences; 0: as many as fit
    double maxSeconds = 5.0;
    int steps = 1;
    int fineTuneEpochs = 0;
    double learningRate = 0.01;
    std::optional<double> targetSparsity;
    std::optional<double> targetLatency;

    /// The flags ask for more than one cut.
    bool isAskedFor() const;
};
void addStudyOptions(CLI::App& app, StudyOptions& options);

/// `lathe prune MODEL --sensitivity`, `--sweep`, `--measure`, or in steps.
Result<void> studyPruning(const PruneOptions& common, const MaskOptions& masks, const StructuredOptions& structured,
                          const StudyOptions& options);

} // namespace lathe::cli
