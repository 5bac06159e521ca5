#pragma once

#include <string_view>

namespace lathe::engine {

/// Whether an operation ("aten::cat") is one without products of matrices or filters, among those that LibTorch marks
/// neither as working element by element nor as a view: normalisation, pooling, reductions, look-ups, and what makes
/// or moves data.
bool isKnownToBeFree(std::string_view name);

} // namespace lathe::engine
