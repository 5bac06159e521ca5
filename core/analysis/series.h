#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/session/record.h"

/// Which of a session's records may stand beside each other, and what they are called there.
namespace lathe {

/// Index of a record of the environment that most records share (of equals, the newest); the others are unlike it.
std::size_t commonEnvironment(const std::vector<Record>& records);

/// Indices of the records of that environment, in their order; of repeats (equal configurations) the last one.
std::vector<std::size_t> comparableRecords(const std::vector<Record>& records);

/// What models are called: a file's name, with as many of its folders in front as tell unlike models apart
/// ("b/model.pth"); a name of the catalogue is itself. One a model, in their order; a model may come repeatedly.
std::vector<std::string> modelTitles(const std::vector<std::string>& models);
/// Those of the records' models. One a record.
std::vector<std::string> modelTitles(const std::vector<Record>& records);

/// Titles of the models, and where several records of a model are present, what tells them apart:
/// "resnet50", or "resnet50 · fused · b8". One a record.
std::vector<std::string> recordNames(const std::vector<Record>& records);

/// How the network's numbers were kept: a record's `scheme`, or of one that was not compressed "float32" or, in that
/// mode, "bf16".
std::string schemeTitle(const Record& record);

/// "CNN", "ViT", "MLP", "Hybrid", "Transformer" for a record's `type`; the text itself where it is unknown.
std::string typeTitle(const std::string& type);

} // namespace lathe
