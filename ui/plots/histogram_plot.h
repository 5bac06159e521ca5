#pragma once

#include <QPointF>

#include <memory>
#include <optional>
#include <vector>

#include "core/quantization/histogram.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// Counts as bars from 0 up. Over them, where given: the values of a grid as thin lines, what lies outside of its ends
/// shaded, and a curve that the counts should follow.
class HistogramPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Content {
        Histogram bars; ///< without counts: nothing to draw
        QString barsText;
        std::vector<double> grid; ///< ascending
        double reach = 0.0;       ///< how far beyond the grid's ends values still count as inside
        QString gridText;
        QString outsideText;
        std::vector<QPointF> curve; ///< value, count
        QString curveText;
        bool forExport = false;
    };

    explicit HistogramPlot(QWidget* parent = nullptr);
    ~HistogramPlot() override;

    void setContent(Content content);
    const Content& content() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
