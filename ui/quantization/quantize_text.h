#pragma once

#include <QString>

#include <string>
#include <vector>

#include "ui/quantization/quantize_work.h"

namespace lathe::ui {

/// What quantizing came to, in sentences: size and error first, then what was suggested, the accuracy, the time, and
/// what should be known of the result on a CPU with these instructions.
std::vector<std::string> networkSentences(const QuantizedNetwork& network, const std::string& instructionSets);

/// Where it is now, and how it is measured.
std::string savedSentence(const QuantizedNetwork& network, const QString& path);

/// "lenet-int8.safetensors".
QString suggestedFile(const QuantizedNetwork& network);

} // namespace lathe::ui
