#pragma once

#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// Probabilities of classes as several networks give them, as lying bars under each class's name.
class SoftLabelsPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Network {
        QString text;
        std::vector<double> probabilities; ///< one a class
    };
    struct Content {
        std::vector<QString> classes;
        std::vector<Network> networks; ///< the first on top in each class
        int label = -1;                ///< the true class
        bool forExport = false;
    };

    explicit SoftLabelsPlot(QWidget* parent = nullptr);

    void setContent(Content content);
    const Content& content() const { return m_content; }
    QRectF barRect(std::size_t network, std::size_t label) const; ///< pixels

private:
    void draw(QCPPainter& painter) const;
    void drawClass(QCPPainter& painter, std::size_t label) const;

    Content m_content;
};

std::vector<LegendEntry> softLabelsLegend(const SoftLabelsPlot::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
