#pragma once

#include <optional>
#include <vector>

#include "core/quantization/quantization.h"
#include "ui/plots/layer_columns.h"

namespace lathe::ui {

/// A bar for each layer, in the order they run: as high as its signal to noise ratio, in the colour of its precision.
/// Layers in float32 are outlines; one without any error reaches the top.
class PrecisionMap : public LayerColumns {
    Q_OBJECT

public:
    struct Bar {
        QString layer;
        Precision precision = Precision::Float32;
        std::optional<double> decibels; ///< infinite: no error; none: not measured
    };
    struct Content {
        std::vector<Bar> bars;
        bool forExport = false; ///< no ring around the current
    };

    explicit PrecisionMap(QWidget* parent = nullptr);

    void setContent(Content content);
    const Content& content() const { return m_content; }

private:
    void drawBar(QCPPainter& painter, std::size_t bar, bool hovered) const;

    Content m_content;
};

/// The colours, and what a bar to the top means; for beside the plot, within which they would cover bars.
std::vector<LegendEntry> precisionLegend(const PrecisionMap::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
