#include "ui/plots/plot_navigation.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include <cmath>

#include "ui/plots/plot_canvas.h"
#include "ui/plots/plot_surface.h"

namespace lathe::ui {

namespace {

constexpr double kDragStart = 4.0;    // pixels before a press becomes a drag
constexpr double kLeastRegion = 0.02; // of the range
constexpr double kWheelFactor = 0.85; // a notch
constexpr double kKeyFactor = 0.8;

} // namespace

PlotNavigation::PlotNavigation(PlotCanvas* canvas) : QObject(canvas), m_canvas(canvas)
{
    canvas->surface()->installEventFilter(this);
    canvas->addDrawing(PlotCanvas::Layer::Hover, true, [this](QCPPainter& painter) { drawBand(painter); });
}

void PlotNavigation::setTool(Tool tool)
{
    m_tool = tool;
    cancelDrag();
    m_canvas->surface()->setCursor(tool == Tool::Zoom ? Qt::ArrowCursor : Qt::CrossCursor);
}

void PlotNavigation::zoomBy(double factor)
{
    const PlotMapping map = m_canvas->mapping();
    const QPointF middle = map.toValue(map.area.center());
    m_canvas->show(zoomed(map.x, middle.x(), factor, map.xLog), zoomed(map.y, middle.y(), factor, map.yLog));
}

bool PlotNavigation::eventFilter(QObject* watched, QEvent* event)
{
    switch (event->type()) {
    case QEvent::MouseButtonPress:
        return press(*static_cast<QMouseEvent*>(event));
    case QEvent::MouseMove:
        return move(*static_cast<QMouseEvent*>(event));
    case QEvent::MouseButtonRelease:
        return release(*static_cast<QMouseEvent*>(event));
    case QEvent::MouseButtonDblClick:
        return doubleClick(*static_cast<QMouseEvent*>(event));
    case QEvent::Wheel:
        return wheel(*static_cast<QWheelEvent*>(event));
    case QEvent::KeyPress:
        return key(*static_cast<QKeyEvent*>(event));
    case QEvent::ContextMenu:
        Q_EMIT menuRequested(static_cast<QContextMenuEvent*>(event)->globalPos());
        return true;
    case QEvent::Leave:
        Q_EMIT hoverEnded();
        return false;
    case QEvent::FocusIn:
    case QEvent::FocusOut:
        focus(*static_cast<QFocusEvent*>(event));
        return false;
    default:
        return QObject::eventFilter(watched, event);
    }
}

bool PlotNavigation::press(const QMouseEvent& event)
{
    m_start = event.position();
    m_at = m_start;
    if (event.button() == Qt::MiddleButton)
        m_drag = Drag::Pan;
    else if (event.button() == Qt::LeftButton)
        m_drag = Drag::Pending;
    return event.button() != Qt::RightButton;
}

bool PlotNavigation::move(const QMouseEvent& event)
{
    const QPointF from = m_at;
    if (m_drag == Drag::Pending && (event.position() - m_start).manhattanLength() > kDragStart)
        beginDrag(event.modifiers());
    m_at = event.position();
    switch (m_drag) {
    case Drag::None:
        hover();
        break;
    case Drag::Pan:
        panTo(from);
        break;
    case Drag::Lasso:
        m_lasso << m_at;
        m_canvas->refreshHover();
        break;
    case Drag::Zoom:
    case Drag::Rectangle:
        m_canvas->refreshHover();
        break;
    case Drag::Pending:
        break;
    }
    return true;
}

void PlotNavigation::hover()
{
    const Qt::CursorShape usual = m_tool == Tool::Zoom ? Qt::ArrowCursor : Qt::CrossCursor;
    m_canvas->surface()->setCursor(m_canvas->legendKeyAt(m_at) ? Qt::PointingHandCursor : usual);
    if (m_canvas->legendRect().contains(m_at))
        Q_EMIT hoverEnded();
    else
        Q_EMIT hovered(m_at);
}

void PlotNavigation::click(Qt::KeyboardModifiers modifiers)
{
    if (const auto key = m_canvas->legendKeyAt(m_at))
        Q_EMIT m_canvas->legendClicked(*key);
    else if (!m_canvas->legendRect().contains(m_at))
        Q_EMIT clicked(m_at, modifiers);
}

void PlotNavigation::beginDrag(Qt::KeyboardModifiers modifiers)
{
    Q_EMIT hoverEnded();
    if (m_tool == Tool::Lasso && m_selects)
        m_drag = Drag::Lasso;
    else if (m_selects && (m_tool == Tool::Rectangle || modifiers.testFlag(Qt::ShiftModifier)))
        m_drag = Drag::Rectangle;
    else
        m_drag = Drag::Zoom;
    m_lasso = QPolygonF({m_start});
}

bool PlotNavigation::release(const QMouseEvent& event)
{
    const Drag drag = m_drag;
    m_at = event.position();
    m_drag = Drag::None;
    if (drag == Drag::Pending)
        click(event.modifiers());
    else if (drag == Drag::Zoom)
        zoomInto(band());
    else if (drag == Drag::Rectangle)
        Q_EMIT areaSelected(QPolygonF(band()), event.modifiers());
    else if (drag == Drag::Lasso)
        Q_EMIT areaSelected(m_lasso, event.modifiers());
    m_canvas->refreshHover();
    return true;
}

bool PlotNavigation::doubleClick(const QMouseEvent& event)
{
    m_drag = Drag::None;
    if (event.button() == Qt::LeftButton && !m_canvas->legendRect().contains(event.position()))
        m_canvas->fit();
    return true;
}

bool PlotNavigation::wheel(const QWheelEvent& event)
{
    const double notches = event.angleDelta().y() / 120.0;
    if (notches == 0.0)
        return true;
    const double factor = std::pow(kWheelFactor, notches);
    const PlotMapping map = m_canvas->mapping();
    const QPointF at = event.position();
    const QPointF value = map.toValue(at);
    const bool overX = at.y() > map.area.bottom();
    const bool overY = at.x() < map.area.left();
    Q_EMIT hoverEnded();
    m_canvas->show(overY && !overX ? map.x : zoomed(map.x, value.x(), factor, map.xLog),
                   overX && !overY ? map.y : zoomed(map.y, value.y(), factor, map.yLog));
    return true;
}

bool PlotNavigation::key(const QKeyEvent& event)
{
    switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        zoomBy(kKeyFactor);
        return true;
    case Qt::Key_Minus:
        zoomBy(1.0 / kKeyFactor);
        return true;
    case Qt::Key_Home:
        m_canvas->fit();
        return true;
    case Qt::Key_Left:
        Q_EMIT stepped({-1.0, 0.0});
        return true;
    case Qt::Key_Right:
        Q_EMIT stepped({1.0, 0.0});
        return true;
    case Qt::Key_Up:
        Q_EMIT stepped({0.0, -1.0});
        return true;
    case Qt::Key_Down:
        Q_EMIT stepped({0.0, 1.0});
        return true;
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (event.key() != Qt::Key_Space && event.modifiers().testFlag(Qt::ControlModifier))
            return false; // Ctrl+Return starts a run
        Q_EMIT activated(event.modifiers());
        return true;
    case Qt::Key_Escape:
        if (m_drag == Drag::None)
            return false;
        cancelDrag();
        return true;
    default:
        return false;
    }
}

void PlotNavigation::panTo(const QPointF& from)
{
    const PlotMapping map = m_canvas->mapping();
    const QPointF moved = m_at - from;
    m_canvas->show(panned(map.x, -moved.x() / map.area.width(), map.xLog),
                   panned(map.y, moved.y() / map.area.height(), map.yLog));
}

void PlotNavigation::zoomInto(const QRectF& rect)
{
    const PlotMapping map = m_canvas->mapping();
    if (rect.width() < kLeastRegion * map.area.width() || rect.height() < kLeastRegion * map.area.height())
        return;
    const auto shareX = [&](double pixel) { return (pixel - map.area.left()) / map.area.width(); };
    const auto shareY = [&](double pixel) { return (map.area.bottom() - pixel) / map.area.height(); };
    m_canvas->show(sliced(map.x, shareX(rect.left()), shareX(rect.right()), map.xLog),
                   sliced(map.y, shareY(rect.bottom()), shareY(rect.top()), map.yLog));
}

QRectF PlotNavigation::band() const
{
    return QRectF(m_start, m_at).normalized().intersected(m_canvas->mapping().area);
}

void PlotNavigation::focus(const QFocusEvent& event)
{
    const Qt::FocusReason reason = event.reason();
    m_showsFocus = event.gotFocus() && (reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason ||
                                        reason == Qt::ShortcutFocusReason);
    m_canvas->refreshHover();
}

void PlotNavigation::drawBand(QPainter& painter) const
{
    if (m_showsFocus) {
        painter.setPen(QPen(m_canvas->palette().color(QPalette::Highlight), 2.0));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(m_canvas->mapping().area.adjusted(1.0, 1.0, -1.0, -1.0));
    }
    if (m_drag != Drag::Zoom && m_drag != Drag::Rectangle && m_drag != Drag::Lasso)
        return;
    QColor fill = m_canvas->palette().color(QPalette::Highlight);
    painter.setPen(QPen(fill, 1.0, m_drag == Drag::Zoom ? Qt::SolidLine : Qt::DashLine));
    fill.setAlpha(40);
    painter.setBrush(fill);
    if (m_drag == Drag::Lasso)
        painter.drawPolygon(m_lasso);
    else
        painter.drawRect(band());
}

void PlotNavigation::cancelDrag()
{
    m_drag = Drag::None;
    m_canvas->refreshHover();
}

} // namespace lathe::ui
