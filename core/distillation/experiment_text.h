#pragma once

#include <string>
#include <vector>

#include "core/distillation/experiment.h"

/// What an experiment came to, in words and as JSON.
namespace lathe {

/// "+0.41 points (95 % interval -0.12 to +0.94)", without the interval where there is none.
std::string pointsText(const PairedDifference& difference);

/// The means and their difference, the verdict, and how far the teacher is.
std::vector<std::string> verdictSentences(const ExperimentResult& result);

/// What to try next, where no improvement was shown; the first is the most promising. Looks at the precision, the
/// teacher's lead, and how well the student fits its training images.
std::vector<std::string> adviceOn(const ExperimentResult& result, const ExperimentOptions& options);

/// "control" and "distilled" (test accuracy of each seed), "difference", "ci_low", "ci_high" (null with one seed),
/// "verdict", and all else that the experiment is and found.
std::string experimentJson(const ExperimentSubject& subject, const ExperimentOptions& options,
                           const ExperimentResult& result);

} // namespace lathe
