#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QPen>

#include <string_view>

#include "ui/plots/marker.h"

namespace lathe::ui {

/// How a series looks: its shape as well as its colour tells it apart, so that a grey print still reads.
struct SeriesStyle {
    QColor colour;
    Marker marker = Marker::Circle;
};

/// Colours, pens, sizes and fonts of every plot, in one place. Sizes are in logical pixels (96 to the inch), fonts in
/// pixels too, so that an export scales as a whole.
struct PlotTheme {
    bool isDark = false;
    QColor background;
    QColor text;
    QColor mutedText;
    QColor axis;
    QColor grid;
    QColor subGrid;
    QColor front;     ///< Pareto front
    QColor selection; ///< ring around the selected
    QColor warning;   ///< flags
    QFont font;
    double pointSize = 9.5; ///< diameter of the user's own points
    double overlaySize = 4.6;

    static PlotTheme light(const QFont& font);
    static PlotTheme dark(const QFont& font);

    /// Light or dark as the palette's window is, with the palette's own background, text and highlight.
    static PlotTheme fromPalette(const QPalette& palette, const QFont& font);

    /// For a file, whatever the window looks like; with the application's font.
    static PlotTheme forExport(bool dark);

    /// CNN blue, ViT red, MLP green; an unknown type is grey.
    SeriesStyle typeStyle(std::string_view type) const;

    /// The n-th of families, modes or machines.
    SeriesStyle categoryStyle(int index) const;

    /// A colour on its way into the background; strength from 0 (gone) to 1 (as it is).
    QColor pale(const QColor& colour, double strength = 0.45) const;

    QPen axisPen() const { return {axis, 1.0}; }
    QPen gridPen() const { return {grid, 1.0}; }
    QPen subGridPen() const { return {subGrid, 1.0}; }
    QFont smallFont() const;     ///< labels of 2 and 5, notes
    QFont axisTitleFont() const; ///< as the window's, a little larger
    QFont plotTitleFont() const;
};

} // namespace lathe::ui
