#include "ui/plots/sweep_points.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/analysis/series.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

double sweptValue(const Configuration& configuration, SweepAxis axis)
{
    return axis == SweepAxis::Batch ? static_cast<double>(configuration.batch)
                                    : static_cast<double>(configuration.threads);
}

/// Each environment in words, the same for records of one series alone.
std::vector<QString> environmentNames(const std::vector<Record>& records)
{
    std::vector<const Record*> kinds; // a few machines, however many records
    std::vector<QString> names;
    for (const Record& record : records) {
        auto known = std::find_if(kinds.begin(), kinds.end(), [&](const Record* r) { return sameSeries(*r, record); });
        if (known == kinds.end())
            known = kinds.insert(kinds.end(), &record);
        const Environment& e = record.environment;
        const QString words = QString::fromStdString(e.host + " " + e.cpu + " " + e.library);
        names.push_back(known == kinds.begin() ? words
                                               : QStringLiteral("%1 (%2)").arg(words).arg(known - kinds.begin() + 1));
    }
    return names;
}

/// All of a configuration and its environment but what is swept, in words; the model and mode always come first.
std::vector<QString> identity(const Record& record, const QString& title, const QString& environment, SweepAxis axis)
{
    const Configuration& c = record.configuration;
    QStringList input;
    for (const auto size : c.input)
        input << QString::number(size);
    return {title,
            QString::fromStdString(c.mode),
            axis == SweepAxis::Batch ? counted(c.threads, QStringLiteral("thread"), QStringLiteral("threads"))
                                     : QStringLiteral("batch %1").arg(c.batch),
            input.join(QChar(0x00D7)),
            QString::fromStdString(c.device),
            environment};
}

/// Model and mode, and of the rest what differs between the model's curves.
QString curveName(const std::vector<QString>& words, const std::vector<std::set<QString>>& kinds)
{
    QStringList name{words[0], words[1]};
    for (std::size_t i = 2; i < words.size(); ++i)
        if (kinds[i].size() > 1)
            name << words[i];
    return name.join(QStringLiteral(" · "));
}

Measure figure(const Record& record, Quantity quantity)
{
    return measure(record, quantity).value_or(Measure{});
}

} // namespace

std::vector<SweepCurve> sweepCurves(const std::vector<Record>& records, SweepAxis axis)
{
    std::vector<std::vector<QString>> order;
    std::map<std::vector<QString>, std::map<double, SweepPoint>> groups;
    const std::vector<QString> environments = environmentNames(records);
    const std::vector<std::string> titles = modelTitles(records);
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Record& record = records[i];
        const std::vector<QString> words = identity(record, toQString(titles[i]), environments[i], axis);
        if (!groups.contains(words))
            order.push_back(words);
        const double x = sweptValue(record.configuration, axis);
        groups[words][x] = {QString::fromStdString(record.id), x, figure(record, Quantity::Latency),
                            figure(record, Quantity::Throughput), !record.flags.empty()};
    }
    std::erase_if(order, [&](const auto& words) { return groups[words].size() < 2; });

    std::map<QString, std::vector<std::set<QString>>> kinds; // by model
    for (const auto& words : order) {
        kinds[words[0]].resize(words.size());
        for (std::size_t i = 0; i < words.size(); ++i)
            kinds[words[0]][i].insert(words[i]);
    }

    std::vector<SweepCurve> curves;
    for (const auto& words : order) {
        SweepCurve curve{
            curveName(words, kinds[words[0]]), QStringList(words.begin(), words.end()).join(QLatin1Char('|')), {}};
        for (const auto& [x, point] : groups[words])
            curve.points.push_back(point);
        curves.push_back(std::move(curve));
    }
    return curves;
}

std::vector<double> sweepValues(const std::vector<SweepCurve>& curves)
{
    std::set<double> values;
    for (const SweepCurve& curve : curves)
        for (const SweepPoint& point : curve.points)
            values.insert(point.x);
    return {values.begin(), values.end()};
}

Measure sweepFigure(const SweepPoint& point, Quantity quantity)
{
    return quantity == Quantity::Latency ? point.latency : point.throughput;
}

Range sweepRange(const std::vector<SweepCurve>& curves, Quantity quantity, bool log)
{
    std::vector<double> values;
    for (const SweepCurve& curve : curves) {
        for (const SweepPoint& point : curve.points) {
            const Measure measured = sweepFigure(point, quantity);
            values.insert(values.end(), {measured.value, measured.low, measured.high});
        }
    }
    if (!log)
        values.push_back(0.0); // a length from zero reads as a ratio
    return paddedRange(values, log, 0.08);
}

} // namespace lathe::ui
