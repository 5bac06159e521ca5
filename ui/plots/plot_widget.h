#pragma once

#include <QSize>
#include <QString>
#include <QWidget>

#include "ui/plots/plot_theme.h"

class QCPPainter;

namespace lathe::ui {

struct PlotTitles {
    QString plot; ///< empty: none
    QString x;
    QString y; ///< empty where a plot has several y axes

    bool operator==(const PlotTitles&) const = default;
};

/// What can be exported or copied: draws itself at any size, in any theme, without touching the screen.
class ExportSource {
public:
    virtual ~ExportSource() = default;

    /// Start of a file name: "scatter".
    virtual QString exportName() const = 0;

    /// As shown now, ready to be edited before an export.
    virtual PlotTitles titles() const = 0;

    /// Logical pixels of the plot on the screen.
    virtual QSize shownSize() const = 0;

    /// Nothing to draw but a hint.
    virtual bool isEmpty() const = 0;

    /// Draws onto (0, 0) to `size`, in logical pixels of the painter.
    virtual void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                        const PlotTitles& titles) const = 0;
};

/// A tab among the plots, so that the window can export and copy whichever is current.
class PlotWidget : public QWidget, public ExportSource {
    Q_OBJECT

public:
    using QWidget::QWidget;

    // QWidget has a render() too.
    using ExportSource::render;

Q_SIGNALS:
    /// From the plot's own menu: the window opens its export dialog, or copies.
    void exportRequested();
    void copyRequested();
};

} // namespace lathe::ui
