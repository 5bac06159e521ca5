#pragma once

#include <memory>
#include <set>

#include "core/session/session.h"
#include "ui/plots/distribution_points.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

class DistributionPlot : public PlotCanvas {
    Q_OBJECT

public:
    enum class Kind {
        Strips,     ///< every sample, with median, interval, quartiles and 5 to 95 %
        Cumulative, ///< share of samples up to a time
        Order       ///< in the order taken: shows drift
    };
    struct Content {
        std::vector<Distribution> distributions;
        Kind kind = Kind::Strips;
        bool log = false; ///< the time axis
        std::set<QString> hidden;
        bool forExport = false;
    };

    explicit DistributionPlot(QWidget* parent = nullptr);
    ~DistributionPlot() override;

    void setContent(const Content& content);
    const Content& content() const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// Titles of the axes a kind of plot has, the user's or those made from what an axis shows; strips have no y title.
PlotTitles distributionTitles(DistributionPlot::Kind kind, const SamplesSettings& settings);

/// The settings with these titles of the axes that the kind has.
SamplesSettings withTitles(SamplesSettings settings, DistributionPlot::Kind kind, const PlotTitles& titles);

} // namespace lathe::ui
