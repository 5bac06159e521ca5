#include "ui/plots/title_editor.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QMouseEvent>

#include <algorithm>

#include "ui/plots/plot_canvas.h"
#include "ui/plots/plot_mapping.h"

namespace lathe::ui {

TitleEditor::TitleEditor(PlotCanvas* canvas) : QObject(canvas), m_canvas(canvas)
{
    canvas->surface()->installEventFilter(this);
}

bool TitleEditor::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_editor && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
        finish(false);
        return true;
    }
    if (watched != m_canvas->surface() || event->type() != QEvent::MouseButtonDblClick)
        return QObject::eventFilter(watched, event);
    const auto* mouse = static_cast<QMouseEvent*>(event);
    const Part part = mouse->button() == Qt::LeftButton ? partAt(mouse->position()) : Part::None;
    if (part == Part::None)
        return false;
    edit(part);
    return true;
}

TitleEditor::Part TitleEditor::partAt(const QPointF& pixel) const
{
    const QRectF area = m_canvas->mapping().area;
    const QSizeF size = m_canvas->surface()->size();
    constexpr double kLine = 26.0;
    if (pixel.y() > size.height() - kLine && pixel.x() > area.left())
        return Part::X;
    if (pixel.x() < kLine && pixel.y() > area.top() && pixel.y() < area.bottom())
        return Part::Y;
    if (pixel.y() < area.top() && !m_canvas->titles().plot.isEmpty())
        return Part::Plot;
    return Part::None;
}

void TitleEditor::edit(Part part)
{
    finish(false);
    const PlotTitles& titles = m_canvas->titles();
    const QRectF area = m_canvas->mapping().area;
    m_part = part;
    m_editor = new QLineEdit(part == Part::X ? titles.x : part == Part::Y ? titles.y : titles.plot, m_canvas);
    m_editor->setObjectName(QStringLiteral("plotTitleEditor"));
    m_editor->setAccessibleName(tr("Title"));
    m_editor->setToolTip(tr("Return keeps the title, Esc leaves it; an empty one is made from the quantity"));
    const QSize hint = m_editor->sizeHint();
    const int width = std::min(static_cast<int>(area.width()), 320);
    QPoint at(static_cast<int>(area.center().x()) - width / 2, m_canvas->height() - hint.height() - 2);
    if (part == Part::Y)
        at = QPoint(2, static_cast<int>(area.center().y()));
    if (part == Part::Plot)
        at.setY(2);
    m_editor->setGeometry(QRect(at, QSize(width, hint.height())));
    m_editor->installEventFilter(this);
    connect(m_editor, &QLineEdit::editingFinished, this, [this] { finish(true); });
    m_editor->selectAll();
    m_editor->show();
    m_editor->setFocus();
}

void TitleEditor::finish(bool keep)
{
    if (!m_editor)
        return;
    QLineEdit* editor = m_editor;
    m_editor = nullptr; // hiding it takes the focus away, which ends the editing once more
    const QString text = editor->text().trimmed();
    editor->hide();
    editor->deleteLater();
    m_canvas->surface()->setFocus();
    PlotTitles titles = m_canvas->titles();
    QString& title = m_part == Part::X ? titles.x : m_part == Part::Y ? titles.y : titles.plot;
    if (!keep || title == text)
        return;
    title = text;
    Q_EMIT m_canvas->titlesEdited(titles);
}

} // namespace lathe::ui
