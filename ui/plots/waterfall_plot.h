#pragma once

#include <optional>
#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// What each step of a recipe took off several quantities, as a waterfall: per cent of the first network's, a column a
/// step with a bar for each quantity from what there was to what is left, and a last column with what is left in all.
class WaterfallPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Interval {
        double low = 0.0;
        double high = 0.0;
    };
    struct Quantity {
        QString name;                                   ///< "time"
        std::vector<double> shares;                     ///< one a step, of the first's; 1 for the first
        std::vector<std::optional<Interval>> intervals; ///< likewise
    };
    struct Step {
        QString title;
        QString accuracy; ///< "93.54 %"
        QString change;   ///< "−0.42", from the step before
    };
    struct Content {
        std::vector<Step> steps;
        std::vector<Quantity> quantities;
        bool forExport = false;
    };

    explicit WaterfallPlot(QWidget* parent = nullptr);

    void setContent(Content content);
    const Content& content() const { return m_content; }
    QRectF barRect(std::size_t column, std::size_t quantity) const; ///< pixels; the last column is what is left in all

private:
    std::size_t columns() const { return m_content.steps.size() + (m_content.steps.size() > 1 ? 1 : 0); }
    void makeRoom();
    QString title(std::size_t column) const;
    double titleHeight() const;
    void draw(QCPPainter& painter) const;
    void drawColumn(QCPPainter& painter, std::size_t column) const;
    void drawBar(QCPPainter& painter, std::size_t column, std::size_t quantity) const;
    void drawTexts(QCPPainter& painter, std::size_t column) const;

    Content m_content;
};

std::vector<LegendEntry> waterfallLegend(const WaterfallPlot::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
