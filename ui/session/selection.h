#pragma once

#include <QString>
#include <QStringList>

/// How clicks and rectangles of the plots change the document's one selection.
namespace lathe::ui {

class Document;

/// A click: the record alone, or into the selection and out of it again.
void selectRecord(Document& document, const QString& id, bool additive);

/// What a rectangle or lasso holds, alone or with what is selected.
void selectRecords(Document& document, const QStringList& ids, bool additive);

} // namespace lathe::ui
