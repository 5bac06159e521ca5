#pragma once

#include <QFrame>
#include <QPointF>
#include <QString>

#include <vector>

#include "core/analysis/timm_table.h"
#include "core/session/record.h"

class QLabel;

namespace lathe::ui {

/// Model, configuration, figures with their intervals, what compression gained and flags in words, as rich text.
/// `session`: the records to find the network in that this one was made from.
QString recordCard(const Record& record, const std::vector<Record>& session = {});

/// A table's row; what it lacks is left out.
QString overlayCard(const TimmRow& row, const QString& table);

/// The same without markup, for assistive technology.
QString plainCard(const QString& card);

/// A small panel beside the point under the cursor; the mouse does not notice it.
class HoverCard : public QFrame {
    Q_OBJECT

public:
    explicit HoverCard(QWidget* parent);

    /// Beside `anchor` (a pixel of the parent), inside the parent.
    void showAt(const QPointF& anchor, const QString& card);

private:
    QLabel* m_text;
};

} // namespace lathe::ui
