#pragma once

#include <QColor>
#include <QLineF>
#include <QRectF>
#include <QString>
#include <QStringList>

#include <vector>

#include "core/analysis/label_placement.h"
#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"
#include "ui/plots/scatter_arrows.h"

class QCPPainter;

namespace lathe::ui {

struct ScatterScene;

struct DrawnLabel {
    QString text;
    QRectF box;
    QLineF leader; ///< null: none
    QColor colour;
    bool strong = false;
};

/// What is to be labelled, and how it will look.
struct LabelWishes {
    std::vector<LabelRequest> requests;
    std::vector<DrawnLabel> labels; ///< one a request
    std::vector<LabelBox> obstacles;
    std::vector<LabelMarker> others; ///< markers without a label
    std::vector<LabelLine> lines;

    void add(const LabelMarker& marker, DrawnLabel label, double priority, const PlotTheme& theme);
    void avoid(const QRectF& rect);
};

/// Those that find a place within the area.
std::vector<DrawnLabel> placeWishes(LabelWishes wishes, const QRectF& area);

/// Labels of the points in sight and of the trends, none over another, a marker, a whisker or the legend, nor over
/// an arrow where there is room; those of selected records come first.
std::vector<DrawnLabel> layoutLabels(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme,
                                     const QRectF& legend, const std::vector<DrawnArrow>& arrows,
                                     const QStringList& selected);

void drawLabels(QCPPainter& painter, const std::vector<DrawnLabel>& labels, const PlotTheme& theme);

} // namespace lathe::ui
