#include "ui/session/document_commands.h"

#include <QObject>

#include <algorithm>

#include "ui/session/document.h"

namespace lathe::ui {

RecordsCommand::RecordsCommand(Document* document, const QString& what, Placed records, bool adds)
    : QUndoCommand(what), m_document(document), m_records(std::move(records)), m_adds(adds)
{
}

void RecordsCommand::undo()
{
    m_adds ? erase() : insert();
}

void RecordsCommand::redo()
{
    m_adds ? insert() : erase();
}

void RecordsCommand::insert()
{
    auto& records = m_document->m_session.records;
    for (const auto& [place, record] : m_records) {
        m_document->keepInJournal(record);
        const auto at = static_cast<std::ptrdiff_t>(std::min(place, records.size()));
        records.insert(records.begin() + at, record);
    }
    Q_EMIT m_document->recordsReset();
}

void RecordsCommand::erase()
{
    std::erase_if(m_document->m_session.records, [this](const Record& record) {
        return std::any_of(m_records.begin(), m_records.end(),
                           [&](const auto& placed) { return placed.second.id == record.id; });
    });
    std::vector<std::string> ids;
    for (const auto& [place, record] : m_records)
        ids.push_back(record.id);
    m_document->retractFromJournal(ids);
    m_document->dropStaleSelection();
    Q_EMIT m_document->recordsReset();
}

NoteCommand::NoteCommand(Document* document, QString id, QString before, QString after)
    : QUndoCommand(QObject::tr("Change note")), m_document(document), m_id(std::move(id)), m_before(std::move(before)),
      m_after(std::move(after))
{
}

void NoteCommand::undo()
{
    m_document->applyNote(m_id, m_before);
}

void NoteCommand::redo()
{
    m_document->applyNote(m_id, m_after);
}

} // namespace lathe::ui
