#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "core/training/training.h"

/// What commands that train have in common.
namespace lathe::cli {

/// What the command line says of a training; the rest is what the network is usually trained with.
struct TrainingFlags {
    std::optional<int> epochs;
    std::optional<int> patience;
    std::optional<std::int64_t> batch;
    std::optional<std::string> optimizer;
    std::optional<double> learningRate;
    std::optional<double> momentum;
    std::optional<double> weightDecay;
    std::optional<double> labelSmoothing;
    std::optional<std::string> schedule;
    std::optional<double> warmUp;
    std::optional<std::string> augment;
    std::optional<double> validation;
    std::string keep = "last";
    std::uint64_t seed = 0;
    int threads = 0;
};

void addTrainingOptions(CLI::App& command, TrainingFlags& flags);

/// What this kind of network is usually trained with, but for what the command line says.
Result<TrainingOptions> trainingOptions(const TrainingFlags& given, const Graph& graph);

/// Tells steps and epochs on standard error, each line behind `prefix`: steps where they overwrite one another, epochs
/// always.
std::function<void(const TrainingProgress&)> stepLine(const std::string& prefix = {});
void printEpoch(const EpochResult& epoch, int epochs, const std::string& prefix = {});

} // namespace lathe::cli
