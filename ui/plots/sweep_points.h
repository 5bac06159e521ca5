#pragma once

#include <QString>
#include <QStringList>

#include <vector>

#include "core/analysis/quantity.h"
#include "core/session/record.h"
#include "ui/plots/ticks.h"

/// What the sweep plot shows of a session, without a pixel.
namespace lathe::ui {

enum class SweepAxis { Batch, Threads };

struct SweepPoint {
    QString id;
    double x = 0.0; ///< batch size, or threads
    Measure latency;
    Measure throughput;
    bool flagged = false;
};

/// Records that differ in the swept parameter alone; the newest of repeats.
struct SweepCurve {
    QString name;                   ///< "resnet50 · fused", with what else tells curves apart
    QString key;                    ///< stays the same whatever other curves there are, as the name does not
    std::vector<SweepPoint> points; ///< by rising x, at least two
};

std::vector<SweepCurve> sweepCurves(const std::vector<Record>& records, SweepAxis axis);

/// The values measured, rising.
std::vector<double> sweepValues(const std::vector<SweepCurve>& curves);

/// Room around the curves; `log` as the value axis is.
Range sweepRange(const std::vector<SweepCurve>& curves, Quantity quantity, bool log);

Measure sweepFigure(const SweepPoint& point, Quantity quantity);

} // namespace lathe::ui
