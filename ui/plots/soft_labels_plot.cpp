#include "ui/plots/soft_labels_plot.h"

#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

// Shares of a class's row: the name is above its bars.
constexpr double kNameShare = 0.42;
constexpr double kGapShare = 0.06;
constexpr int kTextGap = 3; // pixels

SeriesStyle styleOf(const PlotTheme& theme, std::size_t network)
{
    SeriesStyle style = theme.categoryStyle(static_cast<int>(network));
    style.marker = Marker::Square;
    return style;
}

QString percent(double probability)
{
    return SoftLabelsPlot::tr("%1 %").arg(100.0 * probability, 0, 'f', 1);
}

QString description(const SoftLabelsPlot::Content& content)
{
    QStringList lines;
    for (const SoftLabelsPlot::Network& network : content.networks) {
        QStringList parts;
        for (std::size_t i = 0; i < network.probabilities.size(); ++i)
            parts << content.classes[i] + QLatin1Char(' ') + percent(network.probabilities[i]);
        lines << network.text + QStringLiteral(": ") + parts.join(QStringLiteral(", "));
    }
    return lines.join(QStringLiteral("; "));
}

} // namespace

SoftLabelsPlot::SoftLabelsPlot(QWidget* parent) : PlotCanvas(parent)
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { draw(painter); });
    surface()->setAccessibleName(tr("Probabilities of the classes of one image"));
    setTitles({{}, tr("Probability (%)"), {}});
}

void SoftLabelsPlot::setContent(Content content)
{
    m_content = std::move(content);
    surface()->setAccessibleDescription(description(m_content));
    PlotAxis rows;
    rows.bare = true;
    setAxes({}, rows);
    if (!m_content.classes.empty())
        setHome({0.0, 100.0}, {0.0, static_cast<double>(m_content.classes.size())});
    refresh();
}

QRectF SoftLabelsPlot::barRect(std::size_t network, std::size_t label) const
{
    const double top = static_cast<double>(m_content.classes.size() - label) - kNameShare;
    const double height = (1.0 - kNameShare - kGapShare) / static_cast<double>(m_content.networks.size());
    const double begin = top - static_cast<double>(network) * height;
    return QRectF(mapping().toPixel(0.0, begin),
                  mapping().toPixel(100.0 * m_content.networks[network].probabilities[label], begin - height))
        .normalized();
}

void SoftLabelsPlot::draw(QCPPainter& painter) const
{
    if (m_content.networks.empty())
        return;
    for (std::size_t label = 0; label < m_content.classes.size(); ++label)
        drawClass(painter, label);
}

void SoftLabelsPlot::drawClass(QCPPainter& painter, std::size_t label) const
{
    const QRectF area = mapping().area;
    QStringList values;
    for (std::size_t n = 0; n < m_content.networks.size(); ++n) {
        painter.fillRect(barRect(n, label).intersected(area), styleOf(theme(), n).colour);
        values << percent(m_content.networks[n].probabilities[label]);
    }
    const bool isTrue = static_cast<int>(label) == m_content.label;
    QFont font = theme().smallFont();
    font.setBold(isTrue);
    painter.setFont(font);
    painter.setPen(theme().text);
    const QString name = isTrue ? tr("%1 (the label)").arg(m_content.classes[label]) : m_content.classes[label];
    painter.drawText(QPointF(area.left() + kTextGap + 2, barRect(0, label).top() - kTextGap),
                     name + QStringLiteral(":  ") + values.join(QStringLiteral(" · ")));
}

std::vector<LegendEntry> softLabelsLegend(const SoftLabelsPlot::Content& content, const PlotTheme& theme)
{
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < content.networks.size(); ++i)
        entries.push_back({{}, content.networks[i].text, LegendEntry::Icon::Point, styleOf(theme, i)});
    return entries;
}

} // namespace lathe::ui
