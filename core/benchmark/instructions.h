#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/engine/backend.h"

/// What the CPU's instructions mean for a mode. `instructionSets` as `Environment::instructionSets` names them.
namespace lathe {

/// Whether products of bytes are summed exactly. AVX2 without VNNI adds two of them in 16 bits, where they saturate:
/// weights have to do with 7 bits there.
bool multipliesBytesExactly(const std::string& instructionSets);

/// What the CPU lacks for fast bf16 and int8; a sentence each.
std::vector<std::string> missingInstructions(const std::string& instructionSets);

/// Why a mode is slow on this CPU, in one sentence; none where it has the instructions that the mode is for.
std::optional<std::string> slownessOf(Mode mode, const std::string& instructionSets);

} // namespace lathe
