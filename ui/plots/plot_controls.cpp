#include "ui/plots/plot_controls.h"

#include <QAbstractItemView>
#include <QBoxLayout>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QResizeEvent>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStandardItemModel>
#include <QToolButton>

#include <algorithm>

#include "ui/flow_layout.h"
#include "ui/format.h"
#include "ui/plots/plot_canvas.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/plot_widget.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

bool sideBySide(const QSize& size)
{
    return size.width() > size.height() * 11 / 10;
}

} // namespace

QWidget* makeControlStrip(QWidget* parent)
{
    auto* strip = new QWidget(parent);
    auto* layout = new FlowLayout(strip);
    layout->setContentsMargins(6, 4, 6, 4);
    return strip;
}

QVBoxLayout* tightColumn(QWidget* widget)
{
    auto* column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    return column;
}

QScrollArea* makeScroll(QWidget* parent)
{
    auto* scroll = new QScrollArea(parent);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    return scroll;
}

void addLabelled(QWidget& parent, const QString& label, QWidget* control)
{
    auto* box = new QWidget(&parent);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    auto* text = new QLabel(label, box);
    text->setBuddy(control);
    row->addWidget(text);
    row->addWidget(control);
    parent.layout()->addWidget(box);
}

QComboBox* addLabelledCombo(QWidget& parent, const QString& label, const QString& name, const QString& tip)
{
    auto* combo = new QComboBox(&parent);
    combo->setObjectName(name);
    combo->setToolTip(tip);
    combo->setAccessibleName(tip);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    addLabelled(parent, label, combo);
    return combo;
}

QComboBox* addChoices(QWidget& parent, const QString& label, const char* name, const QString& tip,
                      const Choices& entries)
{
    QComboBox* combo = addLabelledCombo(parent, label, QString::fromLatin1(name), tip);
    for (const auto& [text, value] : entries)
        combo->addItem(text, toQString(value));
    return combo;
}

void setChoiceEnabled(QComboBox* combo, std::string_view value, bool enabled)
{
    if (const auto* entries = qobject_cast<QStandardItemModel*>(combo->model()))
        if (QStandardItem* entry = entries->item(combo->findData(toQString(value))))
            entry->setEnabled(enabled);
}

void showLabelled(QWidget* control, bool shown)
{
    control->parentWidget()->setVisible(shown); // the box that both lie in
}

void keepNarrow(QComboBox* combo, int letters)
{
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(letters);
    combo->view()->setMinimumWidth(combo->view()->sizeHintForColumn(0) + 24);
}

void setCombo(QComboBox* combo, const std::string& value)
{
    const QSignalBlocker quiet(combo);
    combo->setCurrentIndex(std::max(0, combo->findData(toQString(value))));
}

std::string valueOf(const QComboBox* combo)
{
    return combo->currentData().toString().toStdString();
}

QToolButton* addTextButton(QWidget& parent, const QString& text, const QString& name, const QString& tip,
                           bool checkable)
{
    auto* button = new QToolButton(&parent);
    button->setObjectName(name);
    button->setText(text);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setCheckable(checkable);
    button->setFocusPolicy(Qt::TabFocus);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    parent.layout()->addWidget(button);
    return button;
}

void showPlotMenu(PlotWidget& view, PlotCanvas* plot, const QPoint& globalPosition)
{
    QMenu menu(&view);
    if (plot) {
        menu.addAction(QObject::tr("&Fit\tHome"), plot, &PlotCanvas::fit);
        menu.addSeparator();
    }
    menu.addAction(QObject::tr("&Copy plot"), &view, &PlotWidget::copyRequested);
    menu.addAction(QObject::tr("&Export plot…"), &view, &PlotWidget::exportRequested);
    menu.exec(globalPosition);
}

void connectPlotMenu(PlotWidget& view, PlotCanvas* plot)
{
    QObject::connect(plot->navigation(), &PlotNavigation::menuRequested, &view,
                     [&view, plot](const QPoint& at) { showPlotMenu(view, plot, at); });
}

QPainter& asPainter(QCPPainter& painter)
{
    return painter;
}

int drawPanelTitle(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const QString& title)
{
    painter.fillRect(QRect(QPoint(0, 0), size), theme.background);
    if (title.isEmpty())
        return 0;
    const QFont font = theme.plotTitleFont();
    const int height = QFontMetrics(font).height() + 14;
    painter.setFont(font);
    painter.setPen(QPen(theme.text));
    painter.drawText(QRect(0, 4, size.width(), height - 4), Qt::AlignCenter, title);
    return height;
}

std::vector<QRect> panelRects(const QRect& room, int count)
{
    const bool beside = sideBySide(room.size());
    const QSize each(beside ? room.width() / count : room.width(), beside ? room.height() : room.height() / count);
    const QPoint step(beside ? each.width() : 0, beside ? 0 : each.height());
    std::vector<QRect> rects;
    for (int i = 0; i < count; ++i)
        rects.emplace_back(room.topLeft() + i * step, each);
    return rects;
}

void paintAt(QCPPainter& painter, PlotCanvas& plot, const QRect& area)
{
    painter.save();
    painter.translate(area.topLeft());
    plot.paint(painter, area.size());
    painter.restore();
}

PanelBox::PanelBox(QWidget* parent) : QWidget(parent), m_layout(new QBoxLayout(QBoxLayout::LeftToRight, this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(0);
}

void PanelBox::add(QWidget* panel)
{
    m_layout->addWidget(panel, 1);
}

void PanelBox::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    m_layout->setDirection(sideBySide(event->size()) ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

} // namespace lathe::ui
