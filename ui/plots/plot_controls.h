#pragma once

#include <QString>
#include <QWidget>

class QBoxLayout;
class QCPPainter;
class QComboBox;
class QPainter;
class QPoint;
class QToolButton;

namespace lathe::ui {

class PlotCanvas;
class PlotWidget;
struct PlotTheme;

/// A combo box and its label, which wrap together; `tip` is its accessible name too. Added to the parent's layout.
QComboBox* addLabelledCombo(QWidget& parent, const QString& label, const QString& name, const QString& tip);

/// Narrower than its longest entry, about so many letters; the list shows them in full.
void keepNarrow(QComboBox* combo, int letters);

/// A flat button with a word on it. Added to the parent's layout.
QToolButton* addTextButton(QWidget& parent, const QString& text, const QString& name, const QString& tip,
                           bool checkable);

/// Fit (where there is a canvas), copy, export.
void showPlotMenu(PlotWidget& view, PlotCanvas* plot, const QPoint& globalPosition);

/// For what draws with a plain painter.
QPainter& asPainter(QCPPainter& painter);

/// Paints the background and a title over several panels; returns the height it takes.
int drawPanelTitle(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const QString& title);

/// Plots side by side, or one above the other where that leaves them better proportions.
class PanelBox : public QWidget {
    Q_OBJECT

public:
    explicit PanelBox(QWidget* parent = nullptr);
    void add(QWidget* panel);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QBoxLayout* m_layout;
};

} // namespace lathe::ui
