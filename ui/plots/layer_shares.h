#pragma once

#include <vector>

#include "ui/plots/layer_columns.h"

namespace lathe::ui {

/// A bar for each layer, in the order they run: as high as the share of it that was pruned, against a line at the share
/// of the whole.
class LayerShares : public LayerColumns {
    Q_OBJECT

public:
    struct Bar {
        QString layer;
        double share = 0.0;
        QString note; ///< below the share in the card: "27 of 54 weights"
    };
    struct Content {
        std::vector<Bar> bars;
        double whole = 0.0;
        bool forExport = false; ///< no ring around the current
    };

    explicit LayerShares(QWidget* parent = nullptr);

    void setContent(Content content);
    const Content& content() const { return m_content; }

private:
    void drawBar(QCPPainter& painter, std::size_t bar, bool hovered) const;
    void drawWhole(QCPPainter& painter) const;
    QString cardOf(const Bar& bar) const;

    Content m_content;
};

/// What bars and line are; for beside the plot, within which they would cover bars.
std::vector<LegendEntry> sharesLegend(const LayerShares::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
