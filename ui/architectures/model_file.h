#pragma once

#include <QString>

#include <cstdint>
#include <optional>

#include "core/base/result.h"

namespace lathe::ui {

/// A model of the setup that the catalogue does not hold, as its row shows it: a file, or a name nobody knows.
struct ModelFile {
    QString model;       ///< as the setup names it: an absolute path
    bool isRead = false; ///< what follows is known
    QString problem;     ///< a sentence on why it cannot be used; empty where it can
    QString family;
    QString type;
    QString input; ///< "3x224x224", "128 tokens"
    std::int64_t params = 0;
    std::int64_t macs = 0;
    std::optional<std::int64_t> bytes; ///< of its weights

    bool isSound() const { return isRead && problem.isEmpty(); }
};

/// The file's name without its folders; a name of the catalogue is itself.
QString shortModelName(const QString& model);

/// The endings of files that can be models, as a dialog's filter.
QString modelFileFilter();
bool isModelFile(const QString& path);

/// Reads the file: for a worker.
ModelFile readModelFile(const QString& model);

/// Writes the architecture of a model (a name or a file) as JSON: for a worker.
Result<void> saveArchitecture(const QString& model, const QString& path);

} // namespace lathe::ui
