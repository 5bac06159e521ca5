#pragma once

#include <QDateTime>
#include <QString>

#include <memory>
#include <vector>

#include "core/session/session.h"

class QLockFile;

namespace lathe::ui {

/// A folder of this run's own, for what a crash must not take: a copy of the session (`session.lathe`), the journal
/// of one that was never saved (beside the copy), and which file it belongs to. A lock says that the run is alive.
class RecoveryFolder {
public:
    /// Below `base`; made on construction. Without a place to write, `isValid` is false and nothing is kept.
    explicit RecoveryFolder(const QString& base);
    ~RecoveryFolder();

    bool isValid() const { return m_lock != nullptr; }
    QString path() const { return m_path; }
    QString copyPath() const;
    std::filesystem::path journalPath() const;

    /// The file that the open session belongs to; empty: never saved.
    void setOrigin(const QString& sessionPath) const;

    /// The run ended well.
    void remove();

    /// In the user's data folder.
    static QString defaultBase();

private:
    QString m_path;
    std::unique_ptr<QLockFile> m_lock;
};

/// What a run that ended unexpectedly left.
struct LeftBehind {
    QString folder;
    QString origin; ///< the session's file; empty: never saved
    QDateTime when;
    Session session;          ///< the last copy with every journalled record
    int unsavedRecords = 0;   ///< records its file lacks
    bool otherEdits = false;  ///< what was set up, a note or a comparison differs from the file
    bool fileIsNewer = false; ///< another program wrote the session's file after the copy was made
};

/// Of every run below `base` that is not alive, newest first. Folders with nothing worth keeping are removed.
std::vector<LeftBehind> findLeftBehind(const QString& base);

/// Forgets it, with the journal of its session.
void discardLeftBehind(const LeftBehind& left);

} // namespace lathe::ui
