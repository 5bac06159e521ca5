#pragma once

#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>

#include "core/base/result.h"
#include "core/base/tensor.h"

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
    QStringList notes;                 ///< sentences: what was left out, or cannot be done with it

    bool isSound() const { return isRead && problem.isEmpty(); }
};

/// A file that is still to be read.
ModelFile unread(const QString& model);

/// The file's name without its folders; a name of the catalogue is itself.
QString shortModelName(const QString& model);

/// The endings of files that can be models, as a dialog's filter.
QString modelFileFilter();
bool isModelFile(const QString& path);

/// Reads the file: for a worker. `input` is tried where the model's own default does not do: a TorchScript program does
/// not say what it takes. It may be empty.
ModelFile readModelFile(const QString& model, const Shape& input);

/// Writes the architecture of a model (a name or a file) as JSON: for a worker.
Result<void> saveArchitecture(const QString& model, const QString& path);

} // namespace lathe::ui
