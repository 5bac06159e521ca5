#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// What is left of a network's figures once it is pruned, as lying bars in per cent of the original's, each under its
/// name; a figure that another one promised has a mark where the promise is.
class RemainsPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Interval {
        double low = 0.0;
        double high = 0.0;
    };
    struct Row {
        QString text;       ///< "Time of an inference"
        double share = 1.0; ///< left of the original's
        std::optional<Interval> interval;
        std::optional<double> promised;
    };
    struct Content {
        std::vector<Row> rows; ///< the first on top
        bool forExport = false;
    };

    explicit RemainsPlot(QWidget* parent = nullptr);

    void setContent(Content content);
    const Content& content() const { return m_content; }
    QRectF barRect(std::size_t row) const; ///< pixels

private:
    void draw(QCPPainter& painter) const;
    void drawRow(QCPPainter& painter, std::size_t row) const;
    void drawInterval(QCPPainter& painter, const QRectF& bar, const Interval& interval) const;

    Content m_content;
};

/// The bar, the promise and the original; for beside the plot.
std::vector<LegendEntry> remainsLegend(const RemainsPlot::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
