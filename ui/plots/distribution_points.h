#pragma once

#include <QString>
#include <QStringList>

#include <vector>

#include "core/analysis/pareto.h"
#include "core/session/record.h"

/// What the distribution plot shows of a session, without a pixel.
namespace lathe::ui {

/// The samples of one record, milliseconds.
struct Distribution {
    QString id;
    QString label;
    std::vector<double> samples; ///< in the order they were taken
    std::vector<bool> outlier;   ///< farther than 3.5 scaled MADs from the median
    double median = 0.0;
    double ciLow = 0.0; ///< 95 % interval of the median
    double ciHigh = 0.0;
    double p5 = 0.0;
    double p25 = 0.0;
    double p75 = 0.0;
    double p95 = 0.0;
};

/// Of the selected records that have samples, at most `most`; of the last one that has, where none is selected.
std::vector<Distribution> distributions(const std::vector<Record>& records, const QStringList& selection,
                                        std::size_t most = 12);

/// Where a sample is put across its strip, from -1 to 1: spread evenly, and the same each time.
double jitter(std::size_t index);

/// Corners of the cumulative share (0 to 100 %) over milliseconds, a step at each sample.
std::vector<Point2> cumulativeShare(const std::vector<double>& samples);

} // namespace lathe::ui
