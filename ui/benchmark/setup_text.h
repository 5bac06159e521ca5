#pragma once

#include <QString>

#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

/// What a user writes into the fields of the setup, and back. Errors are one sentence with an example.
namespace lathe::ui {

/// "1, 8"; each from 1 to 65536, repeats dropped.
Result<std::vector<std::int64_t>> parseBatches(const QString& text);
QString batchesText(const std::vector<std::int64_t>& batches);

/// "1, 2", or "all" (also nothing written) for every core, which is an empty list.
Result<std::vector<int>> parseThreads(const QString& text);
QString threadsText(const std::vector<int>& threads);

/// "3x256x256, 1x28x28", and numbers of tokens, "128"; "default" is an empty shape among others, and an empty list
/// alone.
Result<std::vector<Shape>> parseInputs(const QString& text);
QString inputsText(const std::vector<Shape>& inputs);

} // namespace lathe::ui
