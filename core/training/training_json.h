#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/training/checkpoint.h"
#include "core/training/evaluation.h"

/// What trainings leave in files, as JSON. Reading throws nlohmann's exceptions at what is not such.
namespace lathe {

nlohmann::ordered_json toJson(const EpochResult& epoch);
EpochResult epochFrom(const nlohmann::ordered_json& json);

/// With the predictions, without what follows from them and the labels.
nlohmann::ordered_json toJson(const Evaluation& evaluation);
Evaluation evaluationFrom(const nlohmann::ordered_json& json);

/// "batch (128 and not 64)" for each entry of `wanted` that is not the same in `found`, both JSON objects as text.
std::vector<std::string> identityDifferences(const std::string& found, const std::string& wanted);

} // namespace lathe
