#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/session/session.h"
#include "ui/session/shared_journal.h"

class QUndoStack;

namespace lathe::ui {

/// The one open session, and the one selection that the table, the plots and the details share.
/// Lives on the GUI thread. What the user sets up is undoable; measured records come and stay.
class Document : public QObject {
    Q_OBJECT

public:
    explicit Document(QObject* parent = nullptr);
    ~Document() override;

    const Session& session() const { return m_session; }
    const std::vector<Record>& records() const { return m_session.records; }
    const Record* record(const QString& id) const;
    const Setup& setup() const { return m_session.setup; }
    const PlotSettings& plot() const { return m_session.plot; }
    QUndoStack* undoStack() const { return m_undo.get(); }

    /// Empty for a session that was never saved.
    const QString& path() const { return m_path; }
    /// "quickstart", or "Untitled" for a session that was never saved.
    QString name() const;
    bool isModified() const { return m_modified; }

    /// Ids of the selected records.
    const QStringList& selection() const { return m_selection; }
    void select(const QStringList& ids);

    /// Undoable; `what` names it in the menu ("Change batch sizes"). Changes of the same `what` in a row merge.
    void setSetup(const Setup& setup, const QString& what);
    void setPlot(const PlotSettings& plot, const QString& what);
    void removeRecords(const QStringList& ids);
    void setNote(const QString& id, const QString& note);

    /// Journals the record, then shows it. One without an id, or with one that is taken, gets a new one.
    void appendRecord(Record record);

    /// Replaces an earlier one of the same two records.
    void addComparison(ComparisonRecord comparison);
    /// Of two records in either order; null if they were not compared.
    const ComparisonRecord* comparisonOf(const QString& oneId, const QString& otherId) const;

    void reset();
    /// Records that another run (`lathe bench --save`) put into this session's file or journal since it was read
    /// are taken over, not overwritten; their number.
    Result<int> save(const QString& path);
    /// Sentences on what of a damaged file was lost; empty for a sound one. A file that cannot be opened at all
    /// leaves the open session as it was.
    Result<QStringList> open(const QString& path);
    /// Takes over what a crashed run left behind, as unsaved changes of `path` (empty: never saved). Where the file
    /// is newer, saving takes over records that only the file has.
    void restore(Session session, const QString& path, bool fileIsNewer = false);

    /// Records that a crashed run left in this session's journal and the file lacks; added at once (undoable),
    /// count returned.
    int recoverFromJournal();

    /// Where sessions that were never saved keep their journal; empty (the default): nowhere.
    void setUnsavedJournal(const std::filesystem::path& path);
    std::shared_ptr<SharedJournal> journal() const { return m_journal; }

Q_SIGNALS:
    void recordAppended(int index);
    void recordsReset(); ///< another session, or records removed or restored
    void recordChanged(const QString& id);
    void setupChanged();
    void plotChanged();
    void selectionChanged();
    void comparisonAdded();
    void pathChanged();
    void modifiedChanged(bool modified);
    void journalFailed(const QString& message);

private:
    friend class RecordsCommand;
    friend class NoteCommand;

    void applySetup(const Setup& setup);
    void applyPlot(const PlotSettings& plot);
    void applyNote(const QString& id, const QString& note);
    void take(Session session, const QString& path);
    Result<int> takeOthersRecords();
    int addUnknown(std::vector<Record> records);
    void keepInJournal(const Record& record);
    void retractFromJournal(const std::vector<std::string>& ids);
    void dropStaleSelection();
    void updateModified();
    std::filesystem::path journalPath() const;

    Session m_session;
    QString m_path;
    bool m_modified = false;
    bool m_unsavedRecords = false; ///< changes that are not on the undo stack
    std::set<std::string> m_known; ///< ids of all records that ever were in this session, deleted ones too
    FileStamp m_stamp;             ///< of the file as it was read or written last
    QStringList m_selection;
    std::filesystem::path m_unsavedJournal;
    std::shared_ptr<SharedJournal> m_journal;
    std::unique_ptr<QUndoStack> m_undo;
};

} // namespace lathe::ui
