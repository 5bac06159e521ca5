#pragma once

#include <string>
#include <vector>

#include "core/pruning/gradual.h"
#include "core/pruning/pruned_variants.h"
#include "core/pruning/sensitivity.h"

namespace lathe::cli {

void printSensitivity(const std::string& model, const std::string& way, const std::vector<SensitivityCurve>& curves,
                      bool json);

/// The original first.
void printVariants(const std::string& model, const std::string& way, const std::vector<PrunedVariant>& variants,
                   bool json);

/// `variants`: the original and the outcome where they were measured, else empty. `out`: the file written, or empty.
void printGradual(const LoadedModel& before, const GradualOutcome& outcome, const std::vector<PrunedVariant>& variants,
                  const std::string& out, bool json);

} // namespace lathe::cli
