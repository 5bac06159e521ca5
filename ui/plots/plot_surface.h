#pragma once

#include <functional>

#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

/// QCustomPlot with a hook into its layout: ticks are made for the size they are drawn at, on screen and in exports.
class PlotSurface : public QCustomPlot {
    Q_OBJECT

public:
    using QCustomPlot::QCustomPlot;

    std::function<void()> beforeLayout; ///< may be called more than once a replot
    std::function<void()> afterLayoutDone;

protected:
    void updateLayout() override;
};

/// Layers "far" behind "main", "labels" above the axes, and "hover" above all; the first and the last are buffered.
void addLayers(QCustomPlot& plot);

/// Shows, changes or (an empty text) removes a title above the plot; returns the element there is now, or null.
QCPTextElement* showTitle(QCustomPlot& plot, QCPTextElement* shown, const QString& text, const PlotTheme& theme);

/// Draws what a function draws, on a layer of the plot.
class Drawing : public QCPLayerable {
    Q_OBJECT

public:
    using Function = std::function<void(QCPPainter&)>;
    Drawing(QCustomPlot* plot, const QString& layer, bool clipToArea, Function function);

protected:
    QRect clipRect() const override;
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    void draw(QCPPainter* painter) override;

private:
    bool m_clip;
    Function m_function;
};

/// Hands QCustomPlot ticks that were made elsewhere.
class GivenTicks : public QCPAxisTicker {
public:
    void set(std::vector<Tick> ticks) { m_ticks = std::move(ticks); }
    const std::vector<Tick>& ticks() const { return m_ticks; }

    void generate(const QCPRange& range, const QLocale& locale, QChar formatChar, int precision, QVector<double>& ticks,
                  QVector<double>* subTicks, QVector<QString>* tickLabels) override;

private:
    std::vector<Tick> m_ticks;
};

/// Pens, fonts and grid of one axis.
void dressAxis(QCPAxis& axis, const PlotTheme& theme, bool log);

/// Length of an axis in pixels as the next layout will make it, near enough.
double axisLength(const QCPAxis& axis);

/// Room a label takes along the axis.
LabelExtent labelExtent(const QCPAxis& axis, const PlotTheme& theme);

/// Keeps room for small labels, which QCustomPlot does not know, between ticks and title.
void reserveSmallLabels(QCPAxis& axis, const std::vector<Tick>& ticks, const PlotTheme& theme);

/// The small labels themselves.
void drawSmallLabels(QCPPainter& painter, const QCPAxis& axis, const std::vector<Tick>& ticks,
                     const PlotMapping& mapping, const PlotTheme& theme);

} // namespace lathe::ui
