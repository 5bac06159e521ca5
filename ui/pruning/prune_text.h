#pragma once

#include <QString>

#include <string>
#include <vector>

#include "ui/pruning/prune_work.h"

namespace lathe::ui {

/// What pruning came to, in sentences: how much went, the accuracy, what that changed of costs and size, and what
/// should be known of the result.
std::vector<std::string> networkSentences(const PrunedNetwork& network);

/// Where it is now, and how it is measured.
std::string savedSentence(const QString& path);

/// "lenet-l1-global-0.5.safetensors".
QString suggestedFile(const PrunedNetwork& network);

/// "12.5 %".
QString shareText(double share, int decimals = 1);

} // namespace lathe::ui
