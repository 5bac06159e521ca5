#include "ui/plots/scatter_points.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/analysis/derivations.h"
#include "core/analysis/series.h"
#include "ui/plots/figure_text.h"

namespace lathe::ui {

namespace {

constexpr double kLargestMarker = 2.6; // times the usual diameter
constexpr double kSmallestMarker = 0.7;

Quantity quantityOr(const std::string& name, Quantity otherwise)
{
    return quantityFromName(name).value_or(otherwise);
}

QString machineOf(const Environment& environment)
{
    return QString::fromStdString(environment.host.empty() ? environment.cpu
                                                           : environment.host + " · " + environment.cpu);
}

/// What `colour` reads from a record: its key and its name in the legend.
std::pair<QString, QString> categoryOf(const Record& record, const std::string& colour)
{
    const auto both = [](const std::string& text) {
        return std::pair(QString::fromStdString(text), QString::fromStdString(text));
    };
    if (colour == "family")
        return both(record.family);
    if (colour == "mode")
        return both(record.configuration.mode);
    if (colour == "scheme")
        return both(schemeTitle(record));
    if (colour == "machine")
        return {machineOf(record.environment), machineOf(record.environment)};
    const QString type = QString::fromStdString(record.type);
    return {type, typeTitle(type)};
}

QString networkOf(const Record& record)
{
    return QString::fromStdString(record.origin.empty() ? record.configuration.model : record.origin);
}

bool usable(const std::optional<Measure>& figure, bool log)
{
    return figure && std::isfinite(figure->value) && (!log || figure->value > 0.0);
}

std::size_t seriesOf(ScatterModel& model, const Record& record, const std::string& colour)
{
    const auto [key, name] = categoryOf(record, colour);
    const bool byType = colour != "family" && colour != "mode" && colour != "scheme" && colour != "machine";
    const QString whole = (byType ? QStringLiteral("type") : QString::fromStdString(colour)) + QLatin1Char(':') + key;
    for (std::size_t i = 0; i < model.series.size(); ++i)
        if (model.series[i].key == whole)
            return i;
    const bool oneType = byType || colour == "family";
    model.series.push_back({whole, name, oneType ? QString::fromStdString(record.type) : QString(),
                            byType ? -1 : static_cast<int>(model.series.size())});
    return model.series.size() - 1;
}

void addNotice(ScatterModel& model, int missing, std::size_t total, Quantity quantity)
{
    if (missing == 0)
        return;
    const QString what = quantityTitle(quantity).toLower();
    const QString why = quantity == Quantity::Top1 ? QStringLiteral(" (published for one input size only)") : QString();
    model.notices.push_back(QStringLiteral("%1 of %2 records not shown: no %3%4.")
                                .arg(missing)
                                .arg(total)
                                .arg(quantity == Quantity::Top1 ? quantityTitle(quantity) : what, why));
}

/// Between records that both have a point.
void addArrows(ScatterModel& model, const std::vector<Record>& records)
{
    std::map<std::size_t, std::size_t> pointOf; // by record
    for (std::size_t i = 0; i < model.points.size(); ++i)
        pointOf[model.points[i].record] = i;
    for (const Derivation& pair : derivations(records))
        if (pointOf.contains(pair.origin) && pointOf.contains(pair.derived))
            model.arrows.push_back({pointOf[pair.origin], pointOf[pair.derived]});
}

void scaleSizes(ScatterModel& model)
{
    for (const ScatterPoint& point : model.points)
        model.largestSize = std::max(model.largestSize, point.size);
    for (ScatterPoint& point : model.points)
        point.size = model.largestSize > 0.0 && point.size >= 0.0 ? point.size / model.largestSize : -1.0;
}

} // namespace

QString typeTitle(const QString& type)
{
    return QString::fromStdString(lathe::typeTitle(type.toStdString()));
}

std::vector<QString> recordLabels(const std::vector<Record>& records)
{
    std::vector<QString> labels;
    for (const std::string& label : recordNames(records))
        labels.push_back(QString::fromStdString(label));
    return labels;
}

ScatterModel makeScatterModel(const std::vector<Record>& records, const PlotSettings& settings)
{
    ScatterModel model;
    model.x = quantityOr(settings.x, Quantity::Params);
    model.y = quantityOr(settings.y, Quantity::Throughput);
    model.xLog = settings.xLog;
    model.yLog = settings.yLog;
    model.size = quantityFromName(settings.size);

    const std::vector<QString> labels = recordLabels(records);
    const std::size_t common = commonEnvironment(records);
    int withoutX = 0;
    int withoutY = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Record& record = records[i];
        const auto x = measure(record, model.x);
        const auto y = measure(record, model.y);
        withoutX += usable(x, model.xLog) ? 0 : 1;
        withoutY += usable(y, model.yLog) || model.x == model.y ? 0 : 1;
        if (!usable(x, model.xLog) || !usable(y, model.yLog))
            continue;
        const auto size = model.size ? measure(record, *model.size) : std::nullopt;
        model.points.push_back({QString::fromStdString(record.id), i, *x, *y, seriesOf(model, record, settings.colour),
                                QString::fromStdString(record.type), labels[i], size ? size->value : -1.0,
                                !record.flags.empty(), !sameSeries(record, records[common]), networkOf(record)});
    }
    addNotice(model, withoutX, records.size(), model.x);
    addNotice(model, withoutY, records.size(), model.y);
    scaleSizes(model);
    addArrows(model, records);
    return model;
}

SeriesStyle seriesStyle(const ScatterSeries& series, const PlotTheme& theme)
{
    if (series.category < 0)
        return theme.typeStyle(series.type.toStdString());
    SeriesStyle style = theme.categoryStyle(series.category);
    if (!series.type.isEmpty())
        style.marker = theme.typeStyle(series.type.toStdString()).marker;
    return style;
}

double markerDiameter(const ScatterPoint& point, const ScatterModel& model, const PlotTheme& theme)
{
    if (!model.size)
        return theme.pointSize;
    if (point.size < 0.0)
        return kSmallestMarker * theme.pointSize;
    return theme.pointSize * std::max(kSmallestMarker, kLargestMarker * std::sqrt(point.size));
}

std::vector<Point2> frontLine(const std::vector<Point2>& points, Quantity x, Quantity y)
{
    const bool smallerX = smallerIsBetter(x);
    std::vector<Point2> line;
    for (const std::size_t i : paretoFront(points, smallerX, smallerIsBetter(y))) {
        const Point2& next = points[i];
        // Within a budget of x the best so far counts; where x is to be large, the next one to come does.
        if (!line.empty())
            line.push_back(smallerX ? Point2{next.x, line.back().y} : Point2{line.back().x, next.y});
        line.push_back(next);
    }
    return line;
}

std::vector<TypeTrend> scatterTrends(const ScatterModel& model, const std::set<QString>& hidden)
{
    std::map<QString, std::vector<Point2>> byType;
    for (const ScatterPoint& point : model.points)
        if (!point.unlike && !hidden.contains(model.series[point.series].key))
            byType[point.type].push_back({point.x.value, point.y.value});

    std::vector<TypeTrend> trends;
    for (const auto& [type, points] : byType) {
        const auto law = fitPowerLaw(points);
        if (!law)
            continue;
        const auto [least, most] = std::minmax_element(points.begin(), points.end(),
                                                       [](const Point2& a, const Point2& b) { return a.x < b.x; });
        trends.push_back({type, false, *law, {least->x, most->x}});
    }
    return trends;
}

QString trendText(const PowerLaw& law)
{
    const QString exponent = QString::number(law.exponent, 'f', 2).replace(QLatin1Char('-'), QChar(0x2212));
    return QStringLiteral("x^%1, R² %2").arg(exponent, QString::number(law.rSquared, 'f', 2));
}

} // namespace lathe::ui
