#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/quantization/post_training.h"

namespace lathe {

/// A model in the form that a mode runs. For the modes of quantized networks one that is none yet is quantized after
/// training by the mode's scheme with its defaults, its values' grids found on random inputs: that tells its speed and
/// nothing of its accuracy. Others stay as they are, but get first weights from `seed` where they have none.
Result<LoadedModel> asRun(Backend& backend, const LoadedModel& model, Mode mode, std::uint64_t seed);

/// Stands for the mode that a model is run in where nobody says: a quantized one as it was made, others in "eager".
inline constexpr const char* kUsualMode = "usual";

/// The mode of that name for this model; kUsualMode is one.
Result<Mode> modeFor(std::string_view name, const LoadedModel& model);

/// How a network was compressed: "int8", "l1 global 0.3 (masks)", "l2 channels 0.5 local, int8"; empty: not at all.
std::string schemeOf(const LoadedModel& model);

/// What should be known of a quantized network on a CPU with these instructions, in one sentence: that its weights use
/// more bits than the products of bytes there sum exactly.
std::optional<std::string> saturationOf(const Quantization& quantization, const std::string& instructionSets);

/// Sentences on what a model's run in that mode means on this CPU: see `slownessOf` and `saturationOf`.
std::vector<std::string> caveatsOf(Mode mode, const LoadedModel& model, const std::string& instructionSets);

} // namespace lathe
