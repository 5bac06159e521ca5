#include "ui/plots/distribution_points.h"

#include <algorithm>
#include <cmath>

#include "core/base/statistics.h"
#include "ui/plots/scatter_points.h"

namespace lathe::ui {

namespace {

constexpr double kOutlierMads = 3.5; // Iglewicz and Hoaglin, as the record's own count

Distribution makeDistribution(const Record& record, const QString& label)
{
    const Latency& latency = record.latency;
    Distribution d;
    d.id = QString::fromStdString(record.id);
    d.label = label;
    d.samples = latency.samples;
    d.median = latency.median;
    d.ciLow = latency.ciLow;
    d.ciHigh = latency.ciHigh;
    d.p5 = latency.p5;
    d.p95 = latency.p95;
    d.p25 = stats::percentile(latency.samples, 25.0);
    d.p75 = stats::percentile(latency.samples, 75.0);
    const double limit = kOutlierMads * stats::scaledMad(latency.samples);
    for (const double sample : latency.samples)
        d.outlier.push_back(limit > 0.0 && std::abs(sample - latency.median) > limit);
    return d;
}

} // namespace

std::vector<Distribution> distributions(const std::vector<Record>& records, const QStringList& selection,
                                        std::size_t most)
{
    const std::vector<QString> labels = recordLabels(records);
    std::vector<Distribution> chosen;
    for (std::size_t i = 0; i < records.size() && chosen.size() < most; ++i)
        if (selection.contains(QString::fromStdString(records[i].id)) && !records[i].latency.samples.empty())
            chosen.push_back(makeDistribution(records[i], labels[i]));
    if (!chosen.empty() || !selection.isEmpty())
        return chosen;
    for (std::size_t i = records.size(); i-- > 0;)
        if (!records[i].latency.samples.empty())
            return {makeDistribution(records[i], labels[i])};
    return {};
}

double jitter(std::size_t index)
{
    // Multiples of the golden ratio, modulo 1, fill an interval evenly (a Weyl sequence).
    constexpr double kGolden = 0.6180339887498949;
    const double share = std::fmod(static_cast<double>(index) * kGolden, 1.0);
    return 2.0 * share - 1.0;
}

std::vector<Point2> cumulativeShare(const std::vector<double>& samples)
{
    std::vector<double> sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    std::vector<Point2> corners;
    const double each = sorted.empty() ? 0.0 : 100.0 / static_cast<double>(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        corners.push_back({sorted[i], each * static_cast<double>(i)});
        corners.push_back({sorted[i], each * static_cast<double>(i + 1)});
    }
    return corners;
}

} // namespace lathe::ui
