#include <algorithm>

#include "ui/plots/figure_text.h"
#include "ui/plots/hidden_series.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

LegendEntry note(LegendEntry::Icon icon, const QString& text, const SeriesStyle& style)
{
    return {QString(), text, icon, style, Qt::SolidLine, true};
}

void addOverlayEntries(std::vector<LegendEntry>& entries, const ScatterScene& scene, const PlotTheme& theme)
{
    if (!scene.overlay.table || scene.overlay.points.empty())
        return;
    for (const ArchitectureType type : {ArchitectureType::Cnn, ArchitectureType::Vit, ArchitectureType::Mlp,
                                        ArchitectureType::Hybrid, ArchitectureType::Transformer}) {
        const QString key = typeKey(type);
        const bool listed = std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.key == key; });
        const bool present = std::any_of(scene.overlay.points.begin(), scene.overlay.points.end(),
                                         [type](const OverlayPoint& point) { return point.type == type; });
        if (listed || !present)
            continue;
        const QString type8 = key.section(QLatin1Char(':'), 1);
        entries.push_back({key, typeTitle(type8), LegendEntry::Icon::Overlay, theme.typeStyle(type8.toStdString()),
                           Qt::SolidLine, !scene.hidden.contains(key)});
    }
    entries.push_back({ScatterScene::kOverlayKey,
                       QStringLiteral("timm table (%L1)").arg(scene.overlay.points.size()),
                       LegendEntry::Icon::Overlay,
                       {theme.mutedText, Marker::Circle},
                       Qt::SolidLine,
                       !scene.hidden.contains(ScatterScene::kOverlayKey)});
}

void addArrowEntry(std::vector<LegendEntry>& entries, const ScatterScene& scene, const PlotTheme& theme)
{
    const auto isBetweenShown = [&](const ScatterArrow& arrow) {
        return scene.shows(scene.model.points[arrow.from]) && scene.shows(scene.model.points[arrow.to]);
    };
    if (!scene.arrows || std::none_of(scene.model.arrows.begin(), scene.model.arrows.end(), isBetweenShown))
        return;
    entries.push_back({ScatterScene::kArrowsKey,
                       QStringLiteral("compression"),
                       LegendEntry::Icon::Arrow,
                       {theme.mutedText, Marker::Circle},
                       Qt::SolidLine,
                       !scene.hidden.contains(ScatterScene::kArrowsKey)});
}

void addNotes(std::vector<LegendEntry>& entries, const ScatterScene& scene, const PlotTheme& theme)
{
    const auto& points = scene.model.points;
    if (std::any_of(points.begin(), points.end(), [](const ScatterPoint& p) { return p.unlike; }))
        entries.push_back(
            note(LegendEntry::Icon::Hollow, QStringLiteral("other environment"), {theme.mutedText, Marker::Circle}));
    if (std::any_of(points.begin(), points.end(), [](const ScatterPoint& p) { return p.flagged; }))
        entries.push_back(note(LegendEntry::Icon::Flag, QStringLiteral("flagged"), {theme.warning, Marker::Circle}));
    if (scene.model.size && scene.model.largestSize > 0.0) {
        const Measure most{scene.model.largestSize, scene.model.largestSize, scene.model.largestSize};
        entries.push_back(
            note(LegendEntry::Icon::None,
                 QStringLiteral("area: %1, up to %2")
                     .arg(quantityTitle(*scene.model.size).toLower(), figureWithUnit(most, *scene.model.size)),
                 {}));
    }
}

} // namespace

ScatterScene makeScene(ScatterModel model, OverlayModel overlay, const PlotSettings& settings)
{
    ScatterScene scene;
    scene.model = std::move(model);
    scene.overlay = std::move(overlay);
    scene.labels = settings.labels;
    scene.intervals = settings.intervals;
    scene.front = settings.front;
    scene.trend = settings.trend;
    scene.arrows = settings.arrows;
    scene.hidden = keySet(settings.hidden);
    if (scene.trend) {
        scene.trends = overlayTrends(scene.overlay, scene.hidden);
        for (TypeTrend& own : scatterTrends(scene.model, scene.hidden))
            scene.trends.push_back(std::move(own));
    }
    return scene;
}

std::vector<Point2> frontOfPoints(const ScatterScene& scene)
{
    std::vector<Point2> points;
    for (const ScatterPoint& point : scene.model.points)
        if (scene.shows(point) && !point.unlike)
            points.push_back({point.x.value, point.y.value});
    return frontLine(points, scene.model.x, scene.model.y);
}

std::vector<Point2> frontOfOverlay(const ScatterScene& scene)
{
    std::vector<Point2> points;
    for (const OverlayPoint& point : scene.overlay.points)
        if (scene.shows(point))
            points.push_back({point.x, point.y});
    return frontLine(points, scene.model.x, scene.model.y);
}

std::vector<LegendEntry> scatterLegend(const ScatterScene& scene, const PlotTheme& theme, bool withHidden)
{
    std::vector<LegendEntry> entries;
    for (const ScatterSeries& series : scene.model.series)
        entries.push_back({series.key, series.name, LegendEntry::Icon::Point, seriesStyle(series, theme), Qt::SolidLine,
                           !scene.hidden.contains(series.key)});
    addOverlayEntries(entries, scene, theme);
    if (scene.front && (frontOfPoints(scene).size() > 1 || frontOfOverlay(scene).size() > 1))
        entries.push_back({ScatterScene::kFrontKey,
                           QStringLiteral("Pareto front"),
                           LegendEntry::Icon::Step,
                           {theme.front, Marker::Circle},
                           Qt::SolidLine,
                           !scene.hidden.contains(ScatterScene::kFrontKey)});
    addArrowEntry(entries, scene, theme);
    addNotes(entries, scene, theme);
    if (!withHidden)
        std::erase_if(entries, [](const LegendEntry& entry) { return !entry.shown; });
    return entries;
}

std::pair<Range, Range> homeRanges(const ScatterScene& scene)
{
    std::vector<double> xs;
    std::vector<double> ys;
    for (const ScatterPoint& point : scene.model.points) {
        if (!scene.shows(point))
            continue;
        xs.insert(xs.end(), {point.x.value, point.x.low, point.x.high});
        ys.insert(ys.end(), {point.y.value, point.y.low, point.y.high});
    }
    for (const OverlayPoint& point : scene.overlay.points) {
        if (!scene.shows(point))
            continue;
        xs.push_back(point.x);
        ys.push_back(point.y);
    }
    const bool crowded = !scene.overlay.points.empty(); // a table fills the plot; three points want air
    return {paddedRange(xs, scene.model.xLog, crowded ? 0.05 : 0.14),
            paddedRange(ys, scene.model.yLog, crowded ? 0.06 : 0.14)};
}

} // namespace lathe::ui
