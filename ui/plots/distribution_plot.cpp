#include "ui/plots/distribution_plot.h"

#include <algorithm>

#include "ui/plots/distribution_drawing.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

class DistributionPlot::Private {
public:
    explicit Private(DistributionPlot* plot) : q(plot) {}

    DistributionPlot* q;
    Content content;

    SeriesStyle style(std::size_t index) const { return q->theme().categoryStyle(static_cast<int>(index)); }
    bool shows(const Distribution& d) const { return !content.hidden.contains(d.id); }
    std::vector<LegendEntry> legend() const;
    void draw(QCPPainter& painter) const;
    Range times() const;
    std::size_t longest() const;
    void arrange();
    std::vector<CrowdPoint> crowd() const;
};

std::vector<LegendEntry> DistributionPlot::Private::legend() const
{
    std::vector<LegendEntry> entries;
    if (content.kind == Kind::Strips)
        return entries; // strips carry their names
    for (std::size_t i = 0; i < content.distributions.size(); ++i) {
        const Distribution& d = content.distributions[i];
        if (shows(d) || !content.forExport)
            entries.push_back({d.id, d.label, LegendEntry::Icon::Line, style(i), Qt::SolidLine, shows(d)});
    }
    return entries;
}

void DistributionPlot::Private::draw(QCPPainter& painter) const
{
    const PlotMapping map = q->mapping();
    for (std::size_t i = 0; i < content.distributions.size(); ++i) {
        const Distribution& d = content.distributions[i];
        if (content.kind == Kind::Strips)
            drawStrip(painter, d, -static_cast<double>(i), style(i), map, q->theme());
        else if (!shows(d))
            continue;
        else if (content.kind == Kind::Cumulative)
            drawCumulative(painter, d, style(i), map, q->theme());
        else
            drawOrder(painter, d, style(i), map, q->theme());
    }
}

Range DistributionPlot::Private::times() const
{
    std::vector<double> all;
    for (const Distribution& d : content.distributions) {
        if (content.kind != Kind::Strips && !shows(d))
            continue;
        all.insert(all.end(), d.samples.begin(), d.samples.end());
        all.insert(all.end(), {d.ciLow, d.ciHigh});
    }
    // Samples of one record lie close together: padded by their own spread, not by a share of their size.
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    if (all.empty() || *most <= *least || *least <= 0.0 || content.log)
        return paddedRange(all, content.log, 0.05);
    const double room = 0.06 * (*most - *least);
    return {std::max(0.0, *least - room), *most + room};
}

std::size_t DistributionPlot::Private::longest() const
{
    std::size_t count = 2;
    for (const Distribution& d : content.distributions)
        count = std::max(count, d.samples.size());
    return count;
}

void DistributionPlot::Private::arrange()
{
    const PlotAxis time{.log = content.log, .ticks = {}};
    const auto rows = static_cast<double>(content.distributions.size());
    const auto count = static_cast<double>(longest());
    switch (content.kind) {
    case Kind::Strips:
        q->setAxes(time, {.log = false, .ticks = {}, .bare = true});
        q->setHome(times(), {-rows + 0.5, 0.5});
        break;
    case Kind::Cumulative:
        q->setAxes(time, {});
        q->setHome(times(), {0.0, 104.0});
        break;
    case Kind::Order:
        q->setAxes({}, time);
        q->setHome({0.0, count + std::max(1.0, 0.02 * count)}, times());
        break;
    }
}

std::vector<CrowdPoint> DistributionPlot::Private::crowd() const
{
    std::vector<CrowdPoint> pixels;
    const PlotMapping map = q->mapping();
    for (const Distribution& d : content.distributions) {
        if (content.kind == Kind::Order) {
            for (std::size_t i = 0; i < d.samples.size(); ++i)
                pixels.push_back({map.toPixel(static_cast<double>(i + 1), d.samples[i]), 1.0});
        } else {
            for (const Point2& corner : cumulativeShare(d.samples))
                pixels.push_back({map.toPixel(corner.x, corner.y), 1.0});
        }
    }
    return pixels;
}

DistributionPlot::DistributionPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    surface()->setAccessibleName(tr("Distribution of samples"));
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    setCrowd([this] { return d->crowd(); });
    connect(this, &PlotCanvas::themeChanged, this, [this] { setLegend(d->legend()); });
}

DistributionPlot::~DistributionPlot() = default;

void DistributionPlot::setContent(const Content& content)
{
    const auto ids = [](const Content& c) {
        QStringList list;
        for (const Distribution& distribution : c.distributions)
            list << distribution.id;
        return list;
    };
    const bool other = content.kind != d->content.kind || ids(content) != ids(d->content);
    d->content = content;
    d->arrange();
    if (other)
        fit();
    setLegend(d->legend());
    refresh();
}

const DistributionPlot::Content& DistributionPlot::content() const
{
    return d->content;
}

namespace {

/// An axis' own title among the settings, and the usual one; null where an axis has none.
struct AxisTitle {
    std::string SamplesSettings::*own = nullptr;
    QString usual;

    QString in(const SamplesSettings& settings) const
    {
        return own && !(settings.*own).empty() ? QString::fromStdString(settings.*own) : usual;
    }
    void put(SamplesSettings& settings, const QString& title) const
    {
        if (own)
            settings.*own = title == usual ? std::string() : title.toStdString();
    }
};

std::pair<AxisTitle, AxisTitle> axisTitles(DistributionPlot::Kind kind)
{
    const AxisTitle time{&SamplesSettings::timeTitle, QObject::tr("Latency (ms)")};
    switch (kind) {
    case DistributionPlot::Kind::Strips:
        return {time, {}};
    case DistributionPlot::Kind::Cumulative:
        return {time, {&SamplesSettings::shareTitle, QObject::tr("Share of samples up to it (%)")}};
    case DistributionPlot::Kind::Order:
        return {{&SamplesSettings::orderTitle, QObject::tr("Sample, in the order taken")}, time};
    }
    return {};
}

} // namespace

PlotTitles distributionTitles(DistributionPlot::Kind kind, const SamplesSettings& settings)
{
    const auto [x, y] = axisTitles(kind);
    return {QString(), x.in(settings), y.in(settings)};
}

SamplesSettings withTitles(SamplesSettings settings, DistributionPlot::Kind kind, const PlotTitles& titles)
{
    const auto [x, y] = axisTitles(kind);
    x.put(settings, titles.x);
    y.put(settings, titles.y);
    return settings;
}

} // namespace lathe::ui
