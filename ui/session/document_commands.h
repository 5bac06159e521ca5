#pragma once

#include <QString>
#include <QUndoCommand>

#include <functional>
#include <utility>
#include <vector>

#include "core/session/record.h"

namespace lathe::ui {

class Document;

/// A value before and after. Edits of the same name in a row become one step.
template <class Value> class ValueCommand : public QUndoCommand {
public:
    using Apply = std::function<void(const Value&)>;

    ValueCommand(int kind, const QString& what, Value before, Value after, Apply apply)
        : QUndoCommand(what), m_kind(kind), m_before(std::move(before)), m_after(std::move(after)),
          m_apply(std::move(apply))
    {
    }

    int id() const override { return m_kind; }
    void undo() override { m_apply(m_before); }
    void redo() override { m_apply(m_after); }

    bool mergeWith(const QUndoCommand* other) override
    {
        if (other->text() != text())
            return false;
        m_after = static_cast<const ValueCommand*>(other)->m_after;
        setObsolete(m_before == m_after);
        return true;
    }

private:
    int m_kind;
    Value m_before;
    Value m_after;
    Apply m_apply;
};

/// Records that leave (or come back to) the places they had; those measured meanwhile stay.
class RecordsCommand : public QUndoCommand {
public:
    using Placed = std::vector<std::pair<std::size_t, Record>>; ///< by rising place

    /// `adds`: the records come with redo and leave with undo.
    RecordsCommand(Document* document, const QString& what, Placed records, bool adds);
    void undo() override;
    void redo() override;

private:
    void insert();
    void erase();

    Document* m_document;
    Placed m_records;
    bool m_adds;
};

class NoteCommand : public QUndoCommand {
public:
    NoteCommand(Document* document, QString id, QString before, QString after);
    void undo() override;
    void redo() override;

private:
    Document* m_document;
    QString m_id;
    QString m_before;
    QString m_after;
};

} // namespace lathe::ui
