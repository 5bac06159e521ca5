#pragma once

#include <QString>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/analysis/quantity.h"
#include "core/analysis/timm_join.h"
#include "core/analysis/timm_table.h"
#include "ui/plots/scatter_points.h"

/// A timm benchmark table behind the user's own points.
namespace lathe::ui {

struct OverlayPoint {
    double x = 0.0;
    double y = 0.0;
    std::size_t row = 0;
    ArchitectureType type = ArchitectureType::Cnn;
};

struct LoadedOverlay {
    std::shared_ptr<const TimmTable> table; ///< null where it could not be read
    QString problem;                        ///< of the table, or of its accuracy table
};

/// Reads a table, and its accuracy table if one is given; an empty path is no table and no problem.
LoadedOverlay loadOverlay(const std::string& path, const std::string& accuracy);

/// Reads what is asked for once, so that views of the same table share it.
class OverlayReader {
public:
    const LoadedOverlay& read(const std::string& path, const std::string& accuracy);

private:
    std::string m_path;
    std::string m_accuracy;
    LoadedOverlay m_loaded; ///< of these
};

/// "results-imagenet.csv" beside the table, or nothing.
QString accuracyBeside(const QString& table);

struct OverlayModel {
    std::shared_ptr<const TimmTable> table; ///< null: none
    std::vector<OverlayPoint> points;
    QString notice; ///< what the table lacks for these axes
};
OverlayModel makeOverlay(const std::shared_ptr<const TimmTable>& table, const ScatterModel& axes);

/// "rtx4090, amp": the table's name without what all of them share.
QString overlayTitle(const std::string& tableName);

std::vector<TypeTrend> overlayTrends(const OverlayModel& overlay, const std::set<QString>& hidden);

/// Key of a type's series, shared with the user's own points where those are coloured by type.
QString typeKey(ArchitectureType type);

} // namespace lathe::ui
