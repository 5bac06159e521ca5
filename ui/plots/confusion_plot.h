#pragma once

#include <cstdint>
#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// Which classes are taken for which: a row for each label, a column for each answer, in per cent of the label's
/// images; the stronger the colour the more.
class ConfusionPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Content {
        QStringList classes;
        std::vector<std::vector<std::int64_t>> counts; ///< [label][answer]
        bool forExport = false;
    };

    explicit ConfusionPlot(QWidget* parent = nullptr);

    void setContent(Content content);
    const Content& content() const { return m_content; }
    QRectF cellRect(std::size_t label, std::size_t answer) const; ///< pixels

private:
    void draw(QCPPainter& painter) const;
    void drawCell(QCPPainter& painter, std::size_t label, std::size_t answer) const;
    void drawNames(QCPPainter& painter) const;

    Content m_content;
};

std::vector<LegendEntry> confusionLegend(const ConfusionPlot::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
