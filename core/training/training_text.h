#pragma once

#include <string>
#include <vector>

#include "core/training/evaluation.h"

namespace lathe {

/// "89.62 %".
std::string percentText(double fraction);

/// "89.62 % of 10000 test images are sorted right (95 % interval 89.01 % to 90.20 %).", and which class is most often
/// taken for which.
std::vector<std::string> evaluationSentences(const Evaluation& evaluation, const std::vector<std::string>& classNames);

} // namespace lathe
