#include "ui/plots/overlay.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <cmath>
#include <map>

#include "ui/format.h"
#include "ui/plots/figure_text.h"

namespace lathe::ui {

namespace {

QString typeName(ArchitectureType type)
{
    const std::string_view text = name(type);
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString lackText(const TimmTable& table, Quantity quantity)
{
    if (quantity == Quantity::Top1)
        return QStringLiteral("The table “%1” has no top-1: add its accuracy table (results-imagenet.csv).")
            .arg(overlayTitle(table.name));
    return QStringLiteral("The table “%1” has no %2: choose another axis to see it.")
        .arg(overlayTitle(table.name), quantityTitle(quantity).toLower());
}

bool hasAny(const TimmTable& table, Quantity quantity)
{
    return std::any_of(table.rows.begin(), table.rows.end(),
                       [quantity](const TimmRow& row) { return timmFigure(row, quantity).has_value(); });
}

} // namespace

LoadedOverlay loadOverlay(const std::string& path, const std::string& accuracy)
{
    if (path.empty())
        return {};
    Result<TimmTable> table = readTimmTable(path);
    if (!table)
        return {nullptr, QString::fromStdString(table.error().message)};
    LoadedOverlay loaded;
    if (!accuracy.empty())
        if (const auto joined = joinTimmAccuracy(*table, accuracy); !joined)
            loaded.problem = QString::fromStdString(joined.error().message);
    loaded.table = std::make_shared<const TimmTable>(std::move(*table));
    return loaded;
}

const LoadedOverlay& OverlayReader::read(const std::string& path, const std::string& accuracy)
{
    if (path != m_path || accuracy != m_accuracy) {
        m_path = path;
        m_accuracy = accuracy;
        m_loaded = loadOverlay(path, accuracy);
    }
    return m_loaded;
}

QString accuracyBeside(const QString& table)
{
    const QFileInfo file(table);
    const QString accuracy = file.dir().filePath(QStringLiteral("results-imagenet.csv"));
    return QFileInfo::exists(accuracy) && QFileInfo(accuracy) != file ? accuracy : QString();
}

OverlayModel makeOverlay(const std::shared_ptr<const TimmTable>& table, const ScatterModel& axes)
{
    OverlayModel model;
    model.table = table;
    if (!table)
        return model;
    const auto fits = [](const std::optional<double>& value, bool log) {
        return value && std::isfinite(*value) && (!log || *value > 0.0);
    };
    for (std::size_t i = 0; i < table->rows.size(); ++i) {
        const auto x = timmFigure(table->rows[i], axes.x);
        const auto y = timmFigure(table->rows[i], axes.y);
        if (fits(x, axes.xLog) && fits(y, axes.yLog))
            model.points.push_back({*x, *y, i, table->rows[i].type});
    }
    if (!hasAny(*table, axes.x))
        model.notice = lackText(*table, axes.x);
    else if (!hasAny(*table, axes.y))
        model.notice = lackText(*table, axes.y);
    return model;
}

QString overlayTitle(const std::string& tableName)
{
    return toQString(shortTableName(tableName));
}

QString typeKey(ArchitectureType type)
{
    return QStringLiteral("type:") + typeName(type);
}

std::vector<TypeTrend> overlayTrends(const OverlayModel& overlay, const std::set<QString>& hidden)
{
    std::map<QString, std::vector<Point2>> byType;
    if (!hidden.contains(QStringLiteral("overlay")))
        for (const OverlayPoint& point : overlay.points)
            if (!hidden.contains(typeKey(point.type)))
                byType[typeName(point.type)].push_back({point.x, point.y});

    std::vector<TypeTrend> trends;
    for (const auto& [type, points] : byType) {
        const auto law = fitPowerLaw(points);
        if (!law)
            continue;
        const auto [least, most] = std::minmax_element(points.begin(), points.end(),
                                                       [](const Point2& a, const Point2& b) { return a.x < b.x; });
        trends.push_back({type, true, *law, {least->x, most->x}});
    }
    return trends;
}

} // namespace lathe::ui
