#include "ui/plots/plot_surface.h"

#include <QFontMetricsF>

#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kTickLength = 5;
constexpr int kLabelGap = 4;
constexpr int kTitleGap = 6;

bool isHorizontal(const QCPAxis& axis)
{
    return axis.orientation() == Qt::Horizontal;
}

double widestAcross(const QCPAxis& axis, const std::vector<Tick>& ticks, Tick::Rank rank, const QFont& font)
{
    const QFontMetricsF metrics(font);
    double most = 0.0;
    for (const Tick& tick : ticks)
        if (tick.rank == rank)
            most = std::max(most, isHorizontal(axis) ? metrics.height() : metrics.horizontalAdvance(tick.label));
    return most;
}

} // namespace

void PlotSurface::updateLayout()
{
    // Margins come from the labels and labels from what the margins leave: twice is enough.
    for (int pass = 0; pass < 2; ++pass) {
        if (beforeLayout)
            beforeLayout();
        QCustomPlot::updateLayout();
    }
    if (afterLayoutDone)
        afterLayoutDone();
}

void addLayers(QCustomPlot& plot)
{
    plot.addLayer(QStringLiteral("far"), plot.layer(QStringLiteral("grid")), QCustomPlot::limAbove);
    plot.addLayer(QStringLiteral("labels"), plot.layer(QStringLiteral("axes")), QCustomPlot::limAbove);
    plot.addLayer(QStringLiteral("hover"), plot.layer(QStringLiteral("overlay")), QCustomPlot::limAbove);
    plot.layer(QStringLiteral("far"))->setMode(QCPLayer::lmBuffered);
    plot.layer(QStringLiteral("hover"))->setMode(QCPLayer::lmBuffered);
}

QCPTextElement* showTitle(QCustomPlot& plot, QCPTextElement* shown, const QString& text, const PlotTheme& theme)
{
    QCPLayoutGrid* layout = plot.plotLayout();
    if (text.isEmpty()) {
        if (shown) {
            layout->remove(shown);
            layout->simplify();
        }
        return nullptr;
    }
    if (!shown) {
        layout->insertRow(0);
        shown = new QCPTextElement(&plot);
        shown->setMargins(QMargins(8, 10, 8, 0));
        layout->addElement(0, 0, shown);
    }
    shown->setText(text);
    shown->setFont(theme.plotTitleFont());
    shown->setTextColor(theme.text);
    return shown;
}

Drawing::Drawing(QCustomPlot* plot, const QString& layer, bool clipToArea, Function function)
    : QCPLayerable(plot, layer), m_clip(clipToArea), m_function(std::move(function))
{
}

QRect Drawing::clipRect() const
{
    return m_clip ? mParentPlot->axisRect()->rect() : mParentPlot->viewport();
}

void Drawing::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(true);
}

void Drawing::draw(QCPPainter* painter)
{
    m_function(*painter);
}

void GivenTicks::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                          QVector<double>* subTicks, QVector<QString>* tickLabels)
{
    Q_UNUSED(range)
    ticks.clear();
    if (subTicks)
        subTicks->clear();
    if (tickLabels)
        tickLabels->clear();
    for (const Tick& tick : m_ticks) {
        if (tick.rank == Tick::Rank::Main) {
            ticks << tick.value;
            if (tickLabels)
                *tickLabels << tick.label;
        } else if (subTicks) {
            *subTicks << tick.value;
        }
    }
}

void dressAxis(QCPAxis& axis, const PlotTheme& theme, bool log)
{
    axis.setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis.setBasePen(theme.axisPen());
    axis.setTickPen(theme.axisPen());
    axis.setSubTickPen(theme.axisPen());
    axis.setTickLength(0, kTickLength);
    axis.setSubTickLength(0, 3);
    axis.setTickLabelPadding(kLabelGap);
    axis.setTickLabelFont(theme.font);
    axis.setTickLabelColor(theme.text);
    axis.setLabelFont(theme.axisTitleFont());
    axis.setLabelColor(theme.text);
    axis.setPadding(7);
    axis.setNumberPrecision(6);
    axis.grid()->setPen(theme.gridPen());
    axis.grid()->setSubGridPen(theme.subGridPen());
    axis.grid()->setSubGridVisible(log);
    axis.grid()->setZeroLinePen(Qt::NoPen);
}

double axisLength(const QCPAxis& axis)
{
    const QSize size = axis.parentPlot()->viewport().size();
    const QMargins margins = axis.axisRect()->margins();
    return isHorizontal(axis) ? size.width() - margins.left() - margins.right()
                              : size.height() - margins.top() - margins.bottom();
}

LabelExtent labelExtent(const QCPAxis& axis, const PlotTheme& theme)
{
    const QFontMetricsF main(theme.font);
    const QFontMetricsF small(theme.smallFont());
    return [horizontal = isHorizontal(axis), main, small](const QString& label, bool isSmall) {
        const QFontMetricsF& metrics = isSmall ? small : main;
        return horizontal ? metrics.horizontalAdvance(label) : metrics.ascent();
    };
}

void reserveSmallLabels(QCPAxis& axis, const std::vector<Tick>& ticks, const PlotTheme& theme)
{
    const double small = widestAcross(axis, ticks, Tick::Rank::Small, theme.smallFont());
    const double main = widestAcross(axis, ticks, Tick::Rank::Main, theme.font);
    const double tickless = main == 0.0 ? kLabelGap : 0.0; // QCustomPlot then leaves no gap of its own
    axis.setLabelPadding(kTitleGap + static_cast<int>(std::ceil(std::max(0.0, small - main) + tickless)));
}

void drawSmallLabels(QCPPainter& painter, const QCPAxis& axis, const std::vector<Tick>& ticks,
                     const PlotMapping& mapping, const PlotTheme& theme)
{
    painter.setFont(theme.smallFont());
    painter.setPen(QPen(theme.mutedText));
    const double away = kTickLength + kLabelGap;
    const double mainHeight = QFontMetricsF(theme.font).height();
    for (const Tick& tick : ticks) {
        if (tick.rank != Tick::Rank::Small)
            continue;
        if (isHorizontal(axis)) {
            const QRectF box(mapping.xPixel(tick.value) - 40.0, mapping.area.bottom() + away, 80.0, mainHeight);
            painter.drawText(box, Qt::AlignHCenter | Qt::AlignVCenter, tick.label);
        } else {
            const QRectF box(mapping.area.left() - away - 80.0, mapping.yPixel(tick.value) - 10.0, 80.0, 20.0);
            painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, tick.label);
        }
    }
}

} // namespace lathe::ui
