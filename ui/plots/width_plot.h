#pragma once

#include <memory>

#include "core/benchmark/width_scan.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// The time of one layer over its channel counts, with intervals; cliffs are drawn as thick pieces of the line, and the
/// width that the network has is ringed.
class WidthPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Content {
        std::shared_ptr<const WidthScan> scan; ///< null: nothing to draw
        bool forExport = false;                ///< no ring
    };

    explicit WidthPlot(QWidget* parent = nullptr);
    ~WidthPlot() override;

    void setContent(Content content);
    const Content& content() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// "Output channels of layer1.0.conv1" and "Time (ms)".
PlotTitles widthTitles(const WidthPlot::Content& content);

} // namespace lathe::ui
