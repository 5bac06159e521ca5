#include "ui/plots/lazy_update.h"

#include <QEvent>
#include <QWidget>

#include <utility>

#include "ui/session/document.h"

namespace lathe::ui {

LazyUpdate::LazyUpdate(QWidget* view, Document* document, std::function<void()> update,
                       std::function<void()> showSelection)
    : m_view(view), m_update(std::move(update)), m_showSelection(std::move(showSelection))
{
    view->installEventFilter(this);
    connect(document, &Document::recordAppended, this, &LazyUpdate::refresh);
    connect(document, &Document::recordsReset, this, &LazyUpdate::refresh);
    connect(document, &Document::plotChanged, this, &LazyUpdate::refresh);
    connect(document, &Document::selectionChanged, this, [this] {
        if (!m_stale)
            m_showSelection();
    });
}

void LazyUpdate::catchUp()
{
    if (std::exchange(m_stale, false))
        m_update();
}

void LazyUpdate::refresh()
{
    m_stale = true;
    if (m_view->isVisible())
        catchUp();
}

bool LazyUpdate::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view && event->type() == QEvent::Show)
        catchUp();
    return QObject::eventFilter(watched, event);
}

} // namespace lathe::ui
