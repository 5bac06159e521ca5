#pragma once

#include <QRectF>
#include <QSize>
#include <QString>

#include <set>
#include <vector>

#include "core/analysis/layer_tree.h"
#include "ui/plots/plot_theme.h"

/// Where parameters, MACs, bytes and time of a network go, without a pixel painted: bars by kind of operation over a
/// treemap of its modules and layers.
namespace lathe::ui {

struct LayerPictureContent {
    LayerTable table;
    std::vector<LayerBranch> branches; ///< empty: nothing to show
    LayerQuantity quantity = LayerQuantity::Time;
    int selected = -1;    ///< branch
    std::set<int> dimmed; ///< branches that a search leaves out
};

/// The share of one kind of operation in one quantity.
struct KindSegment {
    QRectF area;
    OperationKind kind;
    LayerQuantity quantity;
    double share;
};

struct KindBar {
    QRectF label;
    LayerQuantity quantity;
    QString text; ///< "Time (53.2 ms)"
};

struct KindLabel {
    QRectF swatch;
    QRectF text;
    OperationKind kind;
};

struct TreemapTile {
    QRectF area;
    QRectF header; ///< of a module with room for its name; null otherwise
    int branch;
};

struct LayerScene {
    std::vector<KindBar> bars;
    std::vector<KindSegment> segments;
    std::vector<KindLabel> legend;
    QRectF heading; ///< over the treemap
    QString headingText;
    QRectF map;
    std::vector<TreemapTile> tiles; ///< outer before inner

    /// The innermost tile of a layer, or of a module's header or frame, at a point; -1: none.
    int branchAt(const QPointF& point) const;
    const KindSegment* segmentAt(const QPointF& point) const;
};

LayerScene makeLayerScene(const LayerPictureContent& content, const QSize& size, const PlotTheme& theme);

/// As tiles and bars are filled: text on it reads in either theme.
QColor kindColour(OperationKind kind, const PlotTheme& theme);

/// "53.2 ms", "4.09 GMACs", "25.6 M", "97.5 MB".
QString quantityText(double value, LayerQuantity quantity);

/// The end of a path that says something: "conv.0" of "features.2.conv.0".
QString tileName(const std::string& path);

/// Name and figures of a branch, as rich text.
QString layerCard(const LayerBranch& branch, const LayerTable& table);
QString segmentCard(const KindSegment& segment);

void drawLayerScene(QPainter& painter, const LayerScene& scene, const LayerPictureContent& content,
                    const PlotTheme& theme);

} // namespace lathe::ui
