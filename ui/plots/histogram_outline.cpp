#include "ui/plots/histogram_outline.h"

namespace lathe::ui {

std::vector<QPointF> outlineOf(const Histogram& histogram)
{
    std::vector<QPointF> corners;
    for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        const double left = histogram.low + static_cast<double>(bin) * histogram.binWidth();
        const auto count = static_cast<double>(histogram.counts[bin]);
        corners.emplace_back(left, count);
        corners.emplace_back(left + histogram.binWidth(), count);
    }
    return corners;
}

} // namespace lathe::ui
