#pragma once

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// Curves of one quantity over another, with intervals, and places marked on them.
class CurvesPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Interval {
        double low = 0.0;
        double high = 0.0;
    };
    struct Point {
        double x = 0.0;
        double y = 0.0;
        std::optional<Interval> xInterval; ///< whiskers
        std::optional<Interval> yInterval;
        QString card;  ///< rich text
        QString label; ///< beside it, where the series is labelled
    };
    struct Series {
        QString key;
        QString text;
        int category = 0; ///< of the theme's styles
        Qt::PenStyle line = Qt::SolidLine;
        std::vector<Point> points;
        bool isLevel = false;  ///< the first point's y at every x, its interval as a band
        bool isBand = false;   ///< the intervals of y as one band, without whiskers
        bool labelled = false; ///< points have their labels beside them
    };
    /// A line from bottom to top.
    struct Mark {
        double x = 0.0;
        QString text;
        int category = 0;
    };
    struct Content {
        std::vector<Series> series;
        std::vector<Mark> marks;
        std::set<QString> hidden; ///< keys of series
        bool xLog = false;
        bool yLog = false;
        bool forExport = false;
    };

    explicit CurvesPlot(QWidget* parent = nullptr);
    ~CurvesPlot() override;

    void setContent(Content content);
    const Content& content() const;
    void toggle(const QString& key); ///< shows or hides a series

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// Hidden ones in grey; left out where `withHidden` is not set. For beside the plot.
std::vector<LegendEntry> curvesLegend(const CurvesPlot::Content& content, const PlotTheme& theme, bool withHidden);

} // namespace lathe::ui
