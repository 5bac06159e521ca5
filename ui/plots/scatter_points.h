#pragma once

#include <QString>
#include <QStringList>

#include <optional>
#include <set>
#include <vector>

#include "core/analysis/pareto.h"
#include "core/analysis/quantity.h"
#include "core/analysis/trend.h"
#include "core/session/session.h"
#include "ui/plots/plot_theme.h"
#include "ui/plots/ticks.h"

/// What the scatter shows of a session, without a pixel.
namespace lathe::ui {

/// Points that look alike and are toggled together.
struct ScatterSeries {
    QString key; ///< "type:cnn", "family:ResNet", "scheme:int8", ...
    QString name;
    QString type;      ///< architecture type, where all points have the same one
    int category = -1; ///< index of a colour; negative: coloured by type
};

struct ScatterPoint {
    QString id;
    std::size_t record = 0; ///< index
    Measure x;
    Measure y;
    std::size_t series = 0;
    QString type;
    QString label;
    double size = -1.0;   ///< the marker's area as a share of the largest; negative: no such figure
    bool flagged = false; ///< contention, drift, ...
    bool unlike = false;  ///< measured in another environment than most
    QString network;      ///< the model, or of a compressed one the model it was made from
};

/// From a network's point to that of what was made from it: indices of points.
struct ScatterArrow {
    std::size_t from = 0;
    std::size_t to = 0;
};

struct ScatterModel {
    Quantity x = Quantity::Params;
    Quantity y = Quantity::Throughput;
    bool xLog = true;
    bool yLog = true;
    std::optional<Quantity> size;
    double largestSize = 0.0;
    std::vector<ScatterSeries> series; ///< in order of first appearance
    std::vector<ScatterPoint> points;
    std::vector<ScatterArrow> arrows;
    std::vector<QString> notices; ///< what is not shown, and why; one sentence each
};

ScatterModel makeScatterModel(const std::vector<Record>& records, const PlotSettings& settings);

/// `recordNames` for the window.
std::vector<QString> recordLabels(const std::vector<Record>& records);

/// "CNN", "ViT", "MLP", "Hybrid", "Transformer".
QString typeTitle(const QString& type);

SeriesStyle seriesStyle(const ScatterSeries& series, const PlotTheme& theme);

/// Diameter of a point's marker.
double markerDiameter(const ScatterPoint& point, const ScatterModel& model, const PlotTheme& theme);

/// Corners of the front's step line through `points`, by rising x: up to an optimum, never beyond it.
std::vector<Point2> frontLine(const std::vector<Point2>& points, Quantity x, Quantity y);

struct TypeTrend {
    QString type;
    bool overlay = false;
    PowerLaw law;
    Range span; ///< of the points' x
};

/// A power law a type, where a type has at least three points; of `points` only those with shown series and the
/// common environment.
std::vector<TypeTrend> scatterTrends(const ScatterModel& model, const std::set<QString>& hidden);

/// "x^−0.62, R² 0.81".
QString trendText(const PowerLaw& law);

} // namespace lathe::ui
