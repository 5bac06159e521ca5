#pragma once

#include <QString>
#include <QWidget>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ui/controls.h"

class QBoxLayout;
class QCPPainter;
class QComboBox;
class QPainter;
class QPoint;
class QScrollArea;
class QToolButton;
class QVBoxLayout;

namespace lathe::ui {

class PlotCanvas;
class PlotWidget;
struct PlotTheme;

/// A tab's controls, in rows that wrap.
QWidget* makeControlStrip(QWidget* parent);

/// One below the other without gaps.
QVBoxLayout* tightColumn(QWidget* widget);

/// Without a frame, as wide as its widget may be.
QScrollArea* makeScroll(QWidget* parent);

/// A control and its label, which wrap together. Added to the parent's layout.
void addLabelled(QWidget& parent, const QString& label, QWidget* control);

/// A combo box and its label, which wrap together; `tip` is its accessible name too. Added to the parent's layout.
QComboBox* addLabelledCombo(QWidget& parent, const QString& label, const QString& name, const QString& tip);

/// Its entries' texts and values.
using Choices = std::vector<std::pair<QString, std::string_view>>;
QComboBox* addChoices(QWidget& parent, const QString& label, const char* name, const QString& tip,
                      const Choices& entries);

/// A spin box (QSpinBox, QDoubleSpinBox) and its label, which wrap together; `tip` is its accessible name too. Tells of
/// a number once it is written.
template <class Spin>
Spin* addSpin(QWidget& parent, const QString& label, const char* name, const QString& tip, int least, int most,
              int value)
{
    auto* spin = new Spin(&parent);
    describeControl(spin, name, tip, tip);
    spin->setRange(least, most);
    spin->setValue(value);
    spin->setKeyboardTracking(false);
    addLabelled(parent, label, spin);
    return spin;
}

/// Greys an entry, which then cannot be chosen.
void setChoiceEnabled(QComboBox* combo, std::string_view value, bool enabled);

/// A labelled control with its label.
void showLabelled(QWidget* control, bool shown);

/// Narrower than its longest entry, about so many letters; the list shows them in full.
void keepNarrow(QComboBox* combo, int letters);

/// The data of its current entry; a value that it does not have is the first one's. Nothing is told.
void setCombo(QComboBox* combo, const std::string& value);
std::string valueOf(const QComboBox* combo);

/// A flat button with a word on it. Added to the parent's layout.
QToolButton* addTextButton(QWidget& parent, const QString& text, const QString& name, const QString& tip,
                           bool checkable);

/// Fit (where there is a canvas), copy, export.
void showPlotMenu(PlotWidget& view, PlotCanvas* plot, const QPoint& globalPosition);
void connectPlotMenu(PlotWidget& view, PlotCanvas* plot);

/// For what draws with a plain painter.
QPainter& asPainter(QCPPainter& painter);

/// Paints the background and a title over several panels; returns the height it takes.
int drawPanelTitle(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const QString& title);

/// Where so many panels go in an export, as they do in a PanelBox.
std::vector<QRect> panelRects(const QRect& room, int count);

void paintAt(QCPPainter& painter, PlotCanvas& plot, const QRect& area);

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
