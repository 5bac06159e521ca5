#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/quantization/quantization.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// A bar for each layer, in the order they run: as high as its signal to noise ratio, in the colour of its precision.
/// Layers in float32 are outlines; one without any error reaches the top.
class PrecisionMap : public PlotCanvas {
    Q_OBJECT

public:
    struct Bar {
        QString layer;
        Precision precision = Precision::Float32;
        std::optional<double> decibels; ///< infinite: no error; none: not measured
    };
    struct Content {
        std::vector<Bar> bars;
        std::optional<std::size_t> current;
        bool forExport = false; ///< no ring around the current
    };

    explicit PrecisionMap(QWidget* parent = nullptr);
    ~PrecisionMap() override;

    void setContent(Content content);
    const Content& content() const;
    void setCurrent(const std::optional<std::size_t>& bar);

    /// Where a bar's column lies, in pixels.
    QRectF columnRect(std::size_t bar) const;

Q_SIGNALS:
    void barClicked(std::size_t bar);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// The colours, and what a bar to the top means; for beside the plot, within which they would cover bars.
std::vector<LegendEntry> precisionLegend(const PrecisionMap::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
