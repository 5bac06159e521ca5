#pragma once

#include <QObject>
#include <QPointF>
#include <QPolygonF>

class QFocusEvent;
class QKeyEvent;
class QMouseEvent;
class QPainter;
class QWheelEvent;

namespace lathe::ui {

class PlotCanvas;

/// Mouse and keys of a plot. The wheel zooms at the cursor, over an axis only that axis; a dragged rectangle zooms
/// (ignored under 2 % of the range) or selects; the middle button pans; a double click or Home fits; + and - zoom.
class PlotNavigation : public QObject {
    Q_OBJECT

public:
    enum class Tool { Zoom, Rectangle, Lasso };

    explicit PlotNavigation(PlotCanvas* canvas);

    Tool tool() const { return m_tool; }
    void setTool(Tool tool);
    void setSelects(bool selects) { m_selects = selects; } ///< whether Shift and drag selects

    void zoomBy(double factor); ///< around the middle

Q_SIGNALS:
    void clicked(const QPointF& pixel, Qt::KeyboardModifiers modifiers);
    void hovered(const QPointF& pixel);
    void hoverEnded();
    void areaSelected(const QPolygonF& area, Qt::KeyboardModifiers modifiers);
    void stepped(const QPointF& direction);          ///< arrow keys; a unit vector in pixels
    void activated(Qt::KeyboardModifiers modifiers); ///< Return or Space
    void menuRequested(const QPoint& globalPosition);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    enum class Drag { None, Pending, Zoom, Rectangle, Lasso, Pan };
    bool press(const QMouseEvent& event);
    bool move(const QMouseEvent& event);
    bool release(const QMouseEvent& event);
    bool doubleClick(const QMouseEvent& event);
    bool wheel(const QWheelEvent& event);
    bool key(const QKeyEvent& event);
    void hover();
    void click(Qt::KeyboardModifiers modifiers);
    void beginDrag(Qt::KeyboardModifiers modifiers);
    void panTo(const QPointF& pixel);
    void zoomInto(const QRectF& rect);
    void focus(const QFocusEvent& event);
    void drawBand(QPainter& painter) const;
    QRectF band() const;
    void cancelDrag();

    PlotCanvas* m_canvas;
    Tool m_tool = Tool::Zoom;
    bool m_selects = false;
    bool m_showsFocus = false; ///< reached by the keyboard
    Drag m_drag = Drag::None;
    QPointF m_start;
    QPointF m_at;
    QPolygonF m_lasso;
};

} // namespace lathe::ui
