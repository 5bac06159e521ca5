#pragma once

#include <nlohmann/json.hpp>

#include "core/datasets/dataset.h"
#include "core/training/evaluation.h"

namespace lathe::cli {

/// Adds "accuracy", "ci_low", "ci_high", "samples", "correct", "loss" and "confusion" with its "classes".
void addEvaluation(nlohmann::ordered_json& json, const Evaluation& evaluation, const Dataset& dataset);

/// A line on the whole, and a row a class.
void printEvaluation(const Evaluation& evaluation, const Dataset& dataset);

} // namespace lathe::cli
