#pragma once

#include <QObject>

#include <functional>

class QWidget;

namespace lathe::ui {

class Document;

/// Brings a view of the document up to date for eyes that see it: while records come in, what another tab shows is
/// computed once, when it is shown or asked for.
class LazyUpdate : public QObject {
    Q_OBJECT

public:
    /// `update` shows records and plot settings; `showSelection` what is selected of them.
    LazyUpdate(QWidget* view, Document* document, std::function<void()> update, std::function<void()> showSelection);

    /// Before anything of the view is told or drawn elsewhere.
    void catchUp();

private:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void refresh();

    QWidget* m_view;
    std::function<void()> m_update;
    std::function<void()> m_showSelection;
    bool m_stale = false; ///< the document has changed since, unseen
};

} // namespace lathe::ui
