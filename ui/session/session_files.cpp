#include "ui/session/session_files.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QWidget>

#include "ui/benchmark/runner.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/session/autosave.h"
#include "ui/session/document.h"
#include "ui/session/recent_files.h"

namespace lathe::ui {

namespace {

const QString& sessionFilter()
{
    static const QString filter = QObject::tr("Lathe sessions (*.lathe)");
    return filter;
}

QString leftBehindText(const LeftBehind& left)
{
    const QString name = left.origin.isEmpty() ? QObject::tr("a session that was never saved")
                                               : QObject::tr("“%1”").arg(QFileInfo(left.origin).fileName());
    const QString what = left.unsavedRecords > 0
                             ? QObject::tr("%1 measured by then can be restored.")
                                   .arg(counted(left.unsavedRecords, QObject::tr("record"), QObject::tr("records")))
                             : QObject::tr("What was changed by then can be restored.");
    return QObject::tr("Lathe ended unexpectedly (%1) while %2 was open. %3")
        .arg(left.when.toString(QStringLiteral("yyyy-MM-dd HH:mm")), name, what);
}

} // namespace

SessionFiles::SessionFiles(const Parts& parts, Questions questions, QWidget* window)
    : QObject(window), m_parts(parts), m_questions(std::move(questions)), m_window(window)
{
    connect(parts.queue, &JobQueue::busyChanged, this, [this](bool busy) {
        if (!busy && m_departure)
            finishLeaving();
    });
}

void SessionFiles::newSession()
{
    leave([this] {
        m_parts.runner->abandon();
        m_parts.document->reset();
    });
}

void SessionFiles::open()
{
    const QString path = m_questions.openFile(m_window, tr("Open session"), sessionFilter());
    if (!path.isEmpty())
        openPath(path);
}

void SessionFiles::openPath(const QString& path)
{
    // What cannot be opened is no reason to stop what runs.
    if (m_parts.queue->isBusy())
        if (const auto readable = loadSession(path.toStdString()); !readable)
            return m_questions.tell(m_window, tr("Open session"), toQString(readable.error().message));
    leave([this, path] { openNow(path); });
}

void SessionFiles::openNow(const QString& path)
{
    const auto lost = m_parts.document->open(QFileInfo(path).absoluteFilePath());
    if (!lost)
        return m_questions.tell(m_window, tr("Open session"), toQString(lost.error().message));
    m_parts.runner->abandon();
    addRecentFile(path);
    Q_EMIT recentChanged();
    if (!lost->isEmpty())
        tellLost(m_parts.document->path(), *lost);
    if (const int recovered = m_parts.document->recoverFromJournal(); recovered > 0)
        Q_EMIT told(tr("%1 that the session's journal had and its file lacked; save the session to keep them.")
                        .arg(counted(recovered, tr("record"), tr("records"))));
}

void SessionFiles::tellLost(const QString& path, const QStringList& lost)
{
    // The next save would replace the file: what cannot be read now may still be of use to somebody.
    const QString kept = path + QStringLiteral(".damaged");
    const bool copied = QFile::exists(kept) || QFile::copy(path, kept);
    QString text = lost.join(QLatin1Char('\n'));
    if (copied)
        text += tr("\n\nThe file as it was is kept as “%1”.").arg(QFileInfo(kept).fileName());
    m_questions.tell(m_window, tr("Part of the session is damaged"), text);
}

bool SessionFiles::save()
{
    return m_parts.document->path().isEmpty() ? saveAs() : saveTo(m_parts.document->path());
}

bool SessionFiles::saveAs()
{
    const QString current = m_parts.document->path();
    const QString suggested = current.isEmpty() ? QStringLiteral("session.lathe") : current;
    const QString path = m_questions.saveFile(m_window, tr("Save session"), suggested, sessionFilter());
    return !path.isEmpty() && saveTo(path);
}

bool SessionFiles::saveTo(const QString& path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    const auto others = m_parts.document->save(absolute);
    if (!others) {
        m_questions.tell(m_window, tr("Save session"), toQString(others.error().message));
        return false;
    }
    addRecentFile(absolute);
    Q_EMIT recentChanged();
    const QString name = QFileInfo(absolute).fileName();
    Q_EMIT told(*others == 0 ? tr("Saved %1.").arg(name)
                             : tr("Saved %1, with %2 that another run had added to it.")
                                   .arg(name, counted(*others, tr("record"), tr("records"))));
    return true;
}

void SessionFiles::exportTable()
{
    const auto& records = m_parts.document->records();
    if (records.empty())
        return m_questions.tell(m_window, tr("Export table"),
                                tr("There is nothing to export yet: measure something first."));
    const QString path = m_questions.saveFile(m_window, tr("Export table"), m_parts.document->name() + ".csv",
                                              tr("CSV table (*.csv);;JSON (*.json)"));
    if (path.isEmpty())
        return;
    const bool json = path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive);
    const std::string bytes = json ? recordsToJson(records, records.back().environment) : recordsToCsv(records);
    const auto written = writeFileAtomically(path.toStdString(), bytes);
    if (!written)
        return m_questions.tell(m_window, tr("Export table"), toQString(written.error().message));
    Q_EMIT told(tr("Exported %1 to %2.")
                    .arg(counted(static_cast<std::int64_t>(records.size()), tr("record"), tr("records")),
                         QFileInfo(path).fileName()));
}

void SessionFiles::leave(std::function<void()> then)
{
    if (m_departure)
        return; // already on the way out
    m_departure = askToLeave(std::move(then));
    if (!m_departure)
        return;
    if (!m_parts.queue->isBusy())
        return finishLeaving();
    Q_EMIT leavingChanged(true);
    Q_EMIT told(tr("Stopping after the inference at hand…"));
    m_parts.queue->cancelAll();
}

std::optional<SessionFiles::Departure> SessionFiles::askToLeave(std::function<void()> then)
{
    const bool busy = m_parts.queue->isBusy();
    if (busy && !m_questions.confirm(m_window,
                                     tr("Measurements are still running. Records measured so far stay in the "
                                        "session; the rest will not be measured."),
                                     tr("Stop them")))
        return std::nullopt;
    // What is being measured will leave a record, so there is something to save even if there is not yet.
    if (!m_parts.document->isModified() && !busy)
        return Departure{false, std::move(then)};
    const auto answer = m_questions.saveChanges(
        m_window, tr("The session “%1” has unsaved changes. Save them?").arg(m_parts.document->name()));
    if (answer == Questions::Changes::Cancel)
        return std::nullopt;
    return Departure{answer == Questions::Changes::Save, std::move(then)};
}

void SessionFiles::finishLeaving()
{
    Q_EMIT leavingChanged(false);
    const Departure departure = std::move(*m_departure);
    m_departure.reset();
    if (departure.save && !save())
        return;
    departure.then();
}

void SessionFiles::offerLeftBehind(const QString& base)
{
    for (const LeftBehind& left : findLeftBehind(base))
        if (offer(left))
            return; // one session is open at a time; the others are offered at the next start
}

bool SessionFiles::offer(const LeftBehind& left)
{
    const auto answer = m_questions.restore(m_window, leftBehindText(left));
    if (answer == Questions::LeftBehind::Discard)
        discardLeftBehind(left);
    if (answer != Questions::LeftBehind::Restore)
        return false;
    leave([this, left] {
        m_parts.document->restore(left.session, left.origin, left.fileIsNewer);
        if (m_parts.autosave->flush()) // our own copy stands before theirs goes
            QDir(left.folder).removeRecursively();
        Q_EMIT told(tr("Restored. Save the session to keep it."));
    });
    return true;
}

} // namespace lathe::ui
