#pragma once

#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include "ui/session/recovery.h"

namespace lathe::ui {

class Document;

/// Keeps a copy of the modified session in the recovery folder, written on a thread of its own a few seconds after a
/// change. The user's own file is never written here.
class Autosave : public QObject {
    Q_OBJECT

public:
    Autosave(Document* document, RecoveryFolder* folder, QObject* parent = nullptr);
    ~Autosave() override;

    /// Writes what is pending now and waits for it; the error of the last write, if it failed.
    Result<void> flush();

private:
    void changed();
    void write();
    void modifiedChanged(bool modified);

    Document* m_document;
    RecoveryFolder* m_folder;
    QTimer m_timer;
    Result<void> m_written; ///< by the pool's one thread; read when it is done
    QThreadPool m_pool;
};

} // namespace lathe::ui
