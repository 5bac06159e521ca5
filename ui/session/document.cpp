#include "ui/session/document.h"

#include <QFileInfo>
#include <QUndoStack>
#include <QUuid>

#include <algorithm>

#include <fmt/format.h>

#include "ui/session/document_commands.h"

namespace lathe::ui {

namespace {

enum CommandKind { kSetupCommand = 1, kPlotCommand = 2 };

std::filesystem::path toPath(const QString& path)
{
    return std::filesystem::path(path.toStdString());
}

bool isOf(const ComparisonRecord& comparison, const std::string& one, const std::string& other)
{
    return (comparison.firstId == one && comparison.secondId == other) ||
           (comparison.firstId == other && comparison.secondId == one);
}

} // namespace

Document::Document(QObject* parent)
    : QObject(parent), m_journal(std::make_shared<SharedJournal>(std::filesystem::path{})),
      m_undo(std::make_unique<QUndoStack>())
{
    connect(m_undo.get(), &QUndoStack::cleanChanged, this, &Document::updateModified);
}

Document::~Document()
{
    m_journal->close();
    disconnect(m_undo.get(), nullptr, this, nullptr);
}

const Record* Document::record(const QString& id) const
{
    const std::string wanted = id.toStdString();
    const auto found =
        std::find_if(records().begin(), records().end(), [&](const Record& record) { return record.id == wanted; });
    return found == records().end() ? nullptr : &*found;
}

QString Document::name() const
{
    return m_path.isEmpty() ? tr("Untitled") : QFileInfo(m_path).completeBaseName();
}

void Document::select(const QStringList& ids)
{
    if (ids == m_selection)
        return;
    m_selection = ids;
    Q_EMIT selectionChanged();
}

void Document::setSetup(const Setup& setup, const QString& what)
{
    if (setup == m_session.setup)
        return;
    m_undo->push(new ValueCommand<Setup>(kSetupCommand, what, m_session.setup, setup,
                                         [this](const Setup& value) { applySetup(value); }));
}

void Document::setPlot(const PlotSettings& plot, const QString& what)
{
    if (plot == m_session.plot)
        return;
    m_undo->push(new ValueCommand<PlotSettings>(kPlotCommand, what, m_session.plot, plot,
                                                [this](const PlotSettings& value) { applyPlot(value); }));
}

void Document::removeRecords(const QStringList& ids)
{
    RecordsCommand::Placed leaving;
    for (std::size_t i = 0; i < records().size(); ++i)
        if (ids.contains(QString::fromStdString(records()[i].id)))
            leaving.emplace_back(i, records()[i]);
    if (leaving.empty())
        return;
    const QString what = leaving.size() == 1 ? tr("Delete 1 record") : tr("Delete %1 records").arg(leaving.size());
    m_undo->push(new RecordsCommand(this, what, std::move(leaving), false));
}

void Document::setNote(const QString& id, const QString& note)
{
    const Record* found = record(id);
    if (!found || found->note == note.toStdString())
        return;
    m_undo->push(new NoteCommand(this, id, QString::fromStdString(found->note), note));
}

void Document::appendRecord(Record added)
{
    if (added.id.empty() || record(QString::fromStdString(added.id)))
        added.id = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
    keepInJournal(added);
    m_known.insert(added.id);
    m_session.records.push_back(std::move(added));
    m_unsavedRecords = true;
    updateModified();
    Q_EMIT recordAppended(static_cast<int>(m_session.records.size()) - 1);
}

void Document::addComparison(ComparisonRecord comparison)
{
    std::erase_if(m_session.comparisons,
                  [&](const ComparisonRecord& old) { return isOf(old, comparison.firstId, comparison.secondId); });
    m_session.comparisons.push_back(std::move(comparison));
    m_unsavedRecords = true;
    updateModified();
    Q_EMIT comparisonAdded();
}

const ComparisonRecord* Document::comparisonOf(const QString& oneId, const QString& otherId) const
{
    const auto& all = m_session.comparisons;
    const auto found = std::find_if(all.begin(), all.end(), [&](const ComparisonRecord& each) {
        return isOf(each, oneId.toStdString(), otherId.toStdString());
    });
    return found == all.end() ? nullptr : &*found;
}

void Document::reset()
{
    take({}, {});
}

Result<int> Document::save(const QString& path)
{
    const bool moved = path != m_path;
    const Result<int> taken = moved ? Result<int>(0) : takeOthersRecords();
    if (!taken)
        return taken;
    if (auto saved = saveSession(m_session, toPath(path)); !saved)
        return tl::unexpected(saved.error());
    m_path = path;
    m_stamp = stampOf(toPath(path));
    m_journal->restartAt(journalPath(), m_known);
    m_unsavedRecords = false;
    m_undo->setClean();
    updateModified();
    if (moved)
        Q_EMIT pathChanged();
    return taken;
}

Result<int> Document::takeOthersRecords()
{
    const std::filesystem::path path = toPath(m_path);
    std::vector<Record> others = m_path.isEmpty() ? std::vector<Record>() : m_journal->othersRecords();
    if (const FileStamp now = stampOf(path); now != m_stamp && now != FileStamp()) {
        auto loaded = loadSession(path);
        if (!loaded)
            return fail(loaded.error().code,
                        fmt::format("{} was changed by another program since it was opened, and cannot be read any "
                                    "more ({}) Save the session under another name.",
                                    path.string(), loaded.error().message));
        others.insert(others.end(), loaded->session.records.begin(), loaded->session.records.end());
    }
    return addUnknown(std::move(others));
}

int Document::addUnknown(std::vector<Record> records)
{
    int count = 0;
    for (Record& record : records)
        if (m_known.insert(record.id).second) {
            m_session.records.push_back(std::move(record));
            ++count;
        }
    if (count > 0)
        Q_EMIT recordsReset();
    return count;
}

void Document::keepInJournal(const Record& record)
{
    if (const auto written = m_journal->append(record); !written)
        Q_EMIT journalFailed(QString::fromStdString(written.error().message));
}

void Document::retractFromJournal(const std::vector<std::string>& ids)
{
    if (const auto written = m_journal->retract(ids); !written)
        Q_EMIT journalFailed(QString::fromStdString(written.error().message));
}

Result<QStringList> Document::open(const QString& path)
{
    auto loaded = loadSession(toPath(path));
    if (!loaded)
        return tl::unexpected(loaded.error());
    take(std::move(loaded->session), path);
    QStringList lost;
    for (const std::string& sentence : loaded->lost)
        lost << QString::fromStdString(sentence);
    return lost;
}

void Document::restore(Session session, const QString& path, bool fileIsNewer)
{
    take(std::move(session), path);
    if (fileIsNewer)
        m_stamp = {};
    m_unsavedRecords = true;
    updateModified();
}

int Document::recoverFromJournal()
{
    if (m_journal->path().empty())
        return 0;
    RecordsCommand::Placed found;
    for (Record& left : Journal(m_journal->path()).read()) {
        const auto sameId = [&](const auto& placed) { return placed.second.id == left.id; };
        if (record(QString::fromStdString(left.id)) || std::any_of(found.begin(), found.end(), sameId))
            continue;
        m_known.insert(left.id);
        const std::size_t place = records().size() + found.size();
        found.emplace_back(place, std::move(left));
    }
    const int count = static_cast<int>(found.size());
    if (count > 0)
        m_undo->push(new RecordsCommand(this, tr("Restore %1 records").arg(count), std::move(found), true));
    return count;
}

void Document::setUnsavedJournal(const std::filesystem::path& path)
{
    m_unsavedJournal = path;
    if (m_path.isEmpty())
        m_journal = std::make_shared<SharedJournal>(path);
}

void Document::applySetup(const Setup& setup)
{
    m_session.setup = setup;
    updateModified();
    Q_EMIT setupChanged();
}

void Document::applyPlot(const PlotSettings& plot)
{
    m_session.plot = plot;
    updateModified();
    Q_EMIT plotChanged();
}

void Document::applyNote(const QString& id, const QString& note)
{
    for (Record& each : m_session.records)
        if (each.id == id.toStdString())
            each.note = note.toStdString();
    Q_EMIT recordChanged(id);
}

void Document::take(Session session, const QString& path)
{
    m_session = std::move(session);
    m_known.clear();
    for (const Record& record : m_session.records)
        m_known.insert(record.id);
    m_path = path;
    m_stamp = stampOf(toPath(path));
    m_selection.clear();
    m_journal->discard();
    m_journal = std::make_shared<SharedJournal>(journalPath());
    m_unsavedRecords = false;
    m_undo->clear();
    updateModified();
    Q_EMIT pathChanged();
    Q_EMIT recordsReset();
    Q_EMIT setupChanged();
    Q_EMIT plotChanged();
    Q_EMIT selectionChanged();
}

void Document::dropStaleSelection()
{
    QStringList kept;
    std::copy_if(m_selection.begin(), m_selection.end(), std::back_inserter(kept),
                 [this](const QString& id) { return record(id) != nullptr; });
    select(kept);
}

void Document::updateModified()
{
    const bool modified = m_unsavedRecords || !m_undo->isClean();
    if (modified == m_modified)
        return;
    m_modified = modified;
    Q_EMIT modifiedChanged(modified);
}

std::filesystem::path Document::journalPath() const
{
    return m_path.isEmpty() ? m_unsavedJournal : Journal::beside(toPath(m_path));
}

} // namespace lathe::ui
