#pragma once

#include <string>

#include "core/compression/accuracy_change.h"
#include "core/compression/output_error.h"

namespace lathe::ui {

/// "its output keeps 30.1 dB (the same top class for 250 of 256 inputs)"; `exact`: that of which it has no error.
std::string outputText(const OutputError& error, const std::string& exact);

/// With both intervals.
std::string accuracyText(const AccuracyChange& change);

} // namespace lathe::ui
