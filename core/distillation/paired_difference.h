#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/statistics.h"

namespace lathe {

/// Two arms of an experiment over the same seeds.
struct PairedDifference {
    double mean = 0.0;                       ///< of treated less control, seed by seed
    std::optional<stats::Interval> interval; ///< 95 %, Student's t over the seeds; needs two
};

/// One value a seed in each, in the same order; at least one. InvalidArgument where they are not as many.
Result<PairedDifference> pairedDifference(const std::vector<double>& control, const std::vector<double>& treated);

enum class TeacherVerdict { Improved, Worsened, NoneShown, Unknown };

/// Whether the interval leaves 0 out; Unknown without one.
TeacherVerdict verdictOf(const PairedDifference& difference);

/// "improvement", "worse", "no improvement shown", "one seed tells nothing".
std::string_view name(TeacherVerdict verdict);

} // namespace lathe
