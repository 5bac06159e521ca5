#pragma once

#include <QStringList>

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/analysis/roofline.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// FLOPs a second over FLOPs a byte, both logarithmic: a machine's roofs, records under them, and the layers of one.
class RooflinePlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Point {
        RooflinePoint point;
        QString id;   ///< of the record
        QString name; ///< of the record; of a layer its own
        QString type; ///< of the network
    };
    struct Content {
        std::shared_ptr<const Peaks> peaks;
        std::vector<Point> records;
        std::vector<Point> layers; ///< smaller and paler; the area is the share of their time
        QString layersOf;          ///< name of their record
        QStringList selected;      ///< records
        std::set<QString> hidden;  ///< "type:cnn", ...
        bool forExport = false;    ///< no selection

        bool shows(const Point& point) const;
    };

    explicit RooflinePlot(QWidget* parent = nullptr);
    ~RooflinePlot() override;

    void setContent(Content content);
    const Content& content() const;
    /// The layer that stands out, by its place in `layers`; nothing: none.
    void setCurrentLayer(const std::optional<std::size_t>& layer);
    std::optional<std::size_t> currentLayer() const;

    QPointF pixelOf(const Point& point) const;

    /// Same content, ranges and legend as another, for a file.
    void copyPlot(const RooflinePlot& other, const PlotTheme& theme, const PlotTitles& titles);

Q_SIGNALS:
    void recordClicked(const QString& id, bool additive);
    void layerClicked(std::size_t layer);
    void backgroundClicked();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// "Arithmetic intensity (FLOPs a byte)", "Reached (FLOP/s)".
PlotTitles rooflineTitles();

/// Types of the networks, and what the marks mean.
std::vector<LegendEntry> rooflineLegend(const RooflinePlot::Content& content, const PlotTheme& theme, bool withHidden);

} // namespace lathe::ui
