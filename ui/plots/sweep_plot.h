#pragma once

#include <QStringList>

#include <memory>
#include <set>

#include "core/session/session.h"
#include "ui/plots/plot_canvas.h"
#include "ui/plots/sweep_points.h"

namespace lathe::ui {

/// One panel of the sweep: latency or throughput of all curves.
class SweepPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Content {
        std::vector<SweepCurve> curves;
        SweepAxis axis = SweepAxis::Batch;
        Quantity quantity = Quantity::Latency;
        bool logY = true;
        std::set<QString> hidden;
        QStringList selected;
        bool forExport = false; ///< no selection
    };

    explicit SweepPlot(QWidget* parent = nullptr);
    ~SweepPlot() override;

    void setContent(const Content& content);
    const Content& content() const;

Q_SIGNALS:
    void pointClicked(const QString& id, bool additive);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// One entry a curve, in the colours of the panels; hidden ones only if `withHidden`.
std::vector<LegendEntry> sweepLegend(const SweepPlot::Content& content, const PlotTheme& theme, bool withHidden);

/// Titles of one panel, the user's or those made from what an axis shows.
PlotTitles sweepTitles(SweepAxis axis, Quantity quantity, const SweepSettings& settings);

/// The settings with these titles of one panel.
SweepSettings withTitles(SweepSettings settings, SweepAxis axis, Quantity quantity, const PlotTitles& titles);

} // namespace lathe::ui
