#include "ui/session/recovery.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLockFile>
#include <QStandardPaths>
#include <QUuid>

#include <algorithm>
#include <map>
#include <set>

namespace lathe::ui {

namespace {

constexpr auto kCopyName = "session.lathe";
constexpr auto kOriginName = "origin";
constexpr auto kLockName = "lock";

std::filesystem::path toPath(const QString& path)
{
    return std::filesystem::path(path.toStdString());
}

QString readOrigin(const QDir& folder)
{
    QFile file(folder.filePath(kOriginName));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

Session readSession(const QString& path)
{
    if (path.isEmpty() || !QFileInfo::exists(path))
        return {};
    auto loaded = loadSession(toPath(path));
    return loaded ? std::move(loaded->session) : Session{};
}

std::set<std::string> idsOf(const Session& session)
{
    std::set<std::string> ids;
    for (const Record& record : session.records)
        ids.insert(record.id);
    return ids;
}

/// By id: differs with any record that was added, deleted or annotated.
std::map<std::string, std::string> notesOf(const Session& session)
{
    std::map<std::string, std::string> notes;
    for (const Record& record : session.records)
        notes[record.id] = record.note;
    return notes;
}

std::filesystem::path journalOf(const QDir& folder, const QString& origin)
{
    return Journal::beside(toPath(origin.isEmpty() ? folder.filePath(kCopyName) : origin));
}

LeftBehind inspect(const QDir& folder)
{
    LeftBehind left;
    left.folder = folder.absolutePath();
    left.origin = readOrigin(folder);
    const Session saved = readSession(left.origin);
    const QString copy = folder.filePath(kCopyName);
    left.session = QFileInfo::exists(copy) ? readSession(copy) : saved;
    addMissing(left.session, Journal(journalOf(folder, left.origin)).read());

    const auto savedIds = idsOf(saved);
    left.unsavedRecords =
        static_cast<int>(std::count_if(left.session.records.begin(), left.session.records.end(),
                                       [&](const Record& record) { return !savedIds.contains(record.id); }));
    left.otherEdits = !(left.session.setup == saved.setup) || !(left.session.plot == saved.plot) ||
                      notesOf(left.session) != notesOf(saved) || left.session.comparisons != saved.comparisons;
    left.when = QFileInfo(QFileInfo::exists(copy) ? copy : folder.absolutePath()).lastModified();
    left.fileIsNewer = QFileInfo(left.origin).lastModified() > left.when;
    return left;
}

bool isAlive(const QDir& folder)
{
    QLockFile lock(folder.filePath(kLockName));
    lock.setStaleLockTime(0); // only the owner's death makes it stale, never its age
    if (!lock.tryLock(0))
        return true;
    lock.unlock();
    return false;
}

} // namespace

RecoveryFolder::RecoveryFolder(const QString& base)
{
    m_path = QDir(base).filePath(QUuid::createUuid().toString(QUuid::WithoutBraces));
    if (!QDir().mkpath(m_path))
        return;
    auto lock = std::make_unique<QLockFile>(QDir(m_path).filePath(kLockName));
    lock->setStaleLockTime(0);
    if (lock->tryLock(0))
        m_lock = std::move(lock);
}

RecoveryFolder::~RecoveryFolder() = default;

QString RecoveryFolder::copyPath() const
{
    return QDir(m_path).filePath(kCopyName);
}

std::filesystem::path RecoveryFolder::journalPath() const
{
    return Journal::beside(toPath(copyPath()));
}

void RecoveryFolder::setOrigin(const QString& sessionPath) const
{
    if (isValid())
        (void)writeFileAtomically(toPath(QDir(m_path).filePath(kOriginName)), sessionPath.toStdString());
}

void RecoveryFolder::remove()
{
    if (!isValid())
        return;
    m_lock.reset();
    QDir(m_path).removeRecursively();
}

QString RecoveryFolder::defaultBase()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath("recovery");
}

std::vector<LeftBehind> findLeftBehind(const QString& base)
{
    std::vector<LeftBehind> found;
    for (const QFileInfo& entry : QDir(base).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        const QDir folder(entry.absoluteFilePath());
        if (isAlive(folder))
            continue;
        LeftBehind left = inspect(folder);
        if (left.unsavedRecords > 0 || left.otherEdits)
            found.push_back(std::move(left));
        else
            QDir(folder).removeRecursively();
    }
    std::sort(found.begin(), found.end(), [](const LeftBehind& a, const LeftBehind& b) { return a.when > b.when; });
    return found;
}

void discardLeftBehind(const LeftBehind& left)
{
    Journal(journalOf(QDir(left.folder), left.origin)).remove();
    QDir(left.folder).removeRecursively();
}

} // namespace lathe::ui
