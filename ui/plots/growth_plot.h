#pragma once

#include <memory>

#include "core/quantization/error_growth.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// The size of summed errors over the number of terms, both logarithmic: measured, predicted (the root of n) and
/// naive (n).
class GrowthPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Content {
        std::shared_ptr<const ErrorGrowth> growth; ///< null: nothing to draw
        bool forExport = false;
    };

    explicit GrowthPlot(QWidget* parent = nullptr);
    ~GrowthPlot() override;

    void setContent(Content content);
    const Content& content() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
