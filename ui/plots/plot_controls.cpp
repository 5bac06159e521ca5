#include "ui/plots/plot_controls.h"

#include <QAbstractItemView>
#include <QBoxLayout>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QResizeEvent>
#include <QToolButton>

#include "ui/plots/plot_canvas.h"
#include "ui/plots/plot_widget.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

QComboBox* addLabelledCombo(QWidget& parent, const QString& label, const QString& name, const QString& tip)
{
    auto* box = new QWidget(&parent);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    auto* combo = new QComboBox(box);
    combo->setObjectName(name);
    combo->setToolTip(tip);
    combo->setAccessibleName(tip);
    combo->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    auto* text = new QLabel(label, box);
    text->setBuddy(combo);
    row->addWidget(text);
    row->addWidget(combo);
    parent.layout()->addWidget(box);
    return combo;
}

void keepNarrow(QComboBox* combo, int letters)
{
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(letters);
    combo->view()->setMinimumWidth(combo->view()->sizeHintForColumn(0) + 24);
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
    const bool beside = event->size().width() > event->size().height() * 11 / 10;
    m_layout->setDirection(beside ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

} // namespace lathe::ui
