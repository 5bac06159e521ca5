#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "core/training/choices.h"
#include "core/training/training.h"

/// What commands that train have in common.
namespace lathe::cli {

void addTrainingOptions(CLI::App& command, TrainingChoices& choices);

/// Tells steps and epochs on standard error, each line behind `prefix`: steps where they overwrite one another, epochs
/// always.
std::function<void(const TrainingProgress&)> stepLine(const std::string& prefix = {});
void printEpoch(const EpochResult& epoch, int epochs, const std::string& prefix = {});

} // namespace lathe::cli
