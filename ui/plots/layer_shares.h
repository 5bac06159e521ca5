#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// A bar for each layer, in the order they run: as high as the share of it that was pruned, against a line at the share
/// of the whole.
class LayerShares : public PlotCanvas {
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
        std::optional<std::size_t> current;
        bool forExport = false; ///< no ring around the current
    };

    explicit LayerShares(QWidget* parent = nullptr);
    ~LayerShares() override;

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

/// What bars and line are; for beside the plot, within which they would cover bars.
std::vector<LegendEntry> sharesLegend(const LayerShares::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
