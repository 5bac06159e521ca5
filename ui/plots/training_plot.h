#pragma once

#include <QPointF>

#include <memory>
#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// Loss or accuracy as a training goes on.
struct TrainingCurve {
    QString name;
    std::vector<QPointF> points; ///< epochs, and the value there
};

/// Curves over epochs: the first is drawn as a line, the others with a marker at each value too.
class TrainingPlot : public PlotCanvas {
    Q_OBJECT

public:
    enum class Quantity { Loss, Accuracy };
    struct Content {
        Quantity quantity = Quantity::Loss;
        std::vector<TrainingCurve> curves;
        double epochs = 1.0; ///< that it will take
        bool forExport = false;
    };

    explicit TrainingPlot(QWidget* parent = nullptr);
    ~TrainingPlot() override;

    void setContent(Content content);
    const Content& content() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

PlotTitles trainingTitles(TrainingPlot::Quantity quantity);

} // namespace lathe::ui
