#include "ui/table_hint.h"

#include <QEvent>
#include <QLabel>

namespace lathe::ui {

namespace {

class TableHint : public QLabel {
public:
    TableHint(QAbstractItemView* view, const QString& hint) : QLabel(hint, view->viewport()), m_view(view)
    {
        setObjectName(view->objectName() + QStringLiteral("Hint"));
        setAccessibleName(hint);
        setAlignment(Qt::AlignCenter);
        setWordWrap(true);
        setMargin(16);
        setForegroundRole(QPalette::PlaceholderText);
        setAttribute(Qt::WA_TransparentForMouseEvents);
        view->viewport()->installEventFilter(this);
        auto* model = view->model();
        connect(model, &QAbstractItemModel::rowsInserted, this, &TableHint::refresh);
        connect(model, &QAbstractItemModel::rowsRemoved, this, &TableHint::refresh);
        connect(model, &QAbstractItemModel::modelReset, this, &TableHint::refresh);
        refresh();
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Resize)
            resize(m_view->viewport()->size());
        return QLabel::eventFilter(watched, event);
    }

private:
    void refresh()
    {
        resize(m_view->viewport()->size());
        setVisible(m_view->model()->rowCount() == 0);
    }

    QAbstractItemView* m_view;
};

} // namespace

void showWhenEmpty(QAbstractItemView* view, const QString& hint)
{
    new TableHint(view, hint); // the viewport owns it
}

} // namespace lathe::ui
