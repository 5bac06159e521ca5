#include "ui/session/selection.h"

#include "ui/session/document.h"

namespace lathe::ui {

void selectRecord(Document& document, const QString& id, bool additive)
{
    QStringList next = additive ? document.selection() : QStringList();
    if (next.removeAll(id) == 0)
        next << id;
    document.select(next);
}

void selectRecords(Document& document, const QStringList& ids, bool additive)
{
    QStringList next = additive ? document.selection() : QStringList();
    next << ids;
    next.removeDuplicates();
    document.select(next);
}

} // namespace lathe::ui
