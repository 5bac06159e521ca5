#pragma once

#include <QColor>
#include <QLineF>
#include <QRectF>
#include <QString>
#include <QStringList>

#include <vector>

#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"

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

/// Labels of the points in sight and of the trends, none over another, a marker, a whisker or the legend; those of
/// selected records come first.
std::vector<DrawnLabel> layoutLabels(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme,
                                     const QRectF& legend, const QStringList& selected);

void drawLabels(QCPPainter& painter, const std::vector<DrawnLabel>& labels, const PlotTheme& theme);

} // namespace lathe::ui
