#include "ui/plots/confusion_plot.h"

#include <cmath>
#include <numeric>

#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

// In cells: room for the labels' names on the left, for the answers' below.
constexpr double kNameCells = 1.7;
constexpr double kAnswerCells = 1.1;
constexpr int kStyle = 0;
constexpr int kMistakeStyle = 1;

double shareOf(const ConfusionPlot::Content& content, std::size_t label, std::size_t answer)
{
    const auto& row = content.counts[label];
    const auto images = std::accumulate(row.begin(), row.end(), std::int64_t{0});
    return images > 0 ? static_cast<double>(row[answer]) / static_cast<double>(images) : 0.0;
}

/// The mistakes that are made most, in words.
QString description(const ConfusionPlot::Content& content)
{
    QStringList lines;
    for (std::size_t label = 0; label < content.counts.size(); ++label)
        for (std::size_t answer = 0; answer < content.counts.size(); ++answer)
            if (label != answer && shareOf(content, label, answer) >= 0.05)
                lines << ConfusionPlot::tr("%1 taken for %2: %3 %")
                             .arg(content.classes[static_cast<qsizetype>(label)],
                                  content.classes[static_cast<qsizetype>(answer)])
                             .arg(100.0 * shareOf(content, label, answer), 0, 'f', 1);
    return lines.join(QStringLiteral("; "));
}

} // namespace

ConfusionPlot::ConfusionPlot(QWidget* parent) : PlotCanvas(parent)
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { draw(painter); });
    surface()->setAccessibleName(tr("Confusion matrix: which classes are taken for which"));
    setTitles({{}, tr("Answer"), tr("Label")});
}

void ConfusionPlot::setContent(Content content)
{
    m_content = std::move(content);
    surface()->setAccessibleDescription(description(m_content));
    PlotAxis bare;
    bare.bare = true;
    setAxes(bare, bare);
    const auto classes = static_cast<double>(m_content.classes.size());
    if (classes > 0.0)
        setHome({-kNameCells, classes}, {-kAnswerCells, classes});
    refresh();
}

QRectF ConfusionPlot::cellRect(std::size_t label, std::size_t answer) const
{
    const auto row = static_cast<double>(m_content.classes.size() - label) - 1.0;
    const auto column = static_cast<double>(answer);
    return QRectF(mapping().toPixel(column, row + 1.0), mapping().toPixel(column + 1.0, row)).normalized();
}

void ConfusionPlot::draw(QCPPainter& painter) const
{
    for (std::size_t label = 0; label < m_content.counts.size(); ++label)
        for (std::size_t answer = 0; answer < m_content.counts.size(); ++answer)
            drawCell(painter, label, answer);
    drawNames(painter);
}

void ConfusionPlot::drawCell(QCPPainter& painter, std::size_t label, std::size_t answer) const
{
    const double share = shareOf(m_content, label, answer);
    const QRectF cell = cellRect(label, answer).adjusted(0.5, 0.5, -0.5, -0.5);
    // Mistakes are few: their square root shows them.
    const bool isRight = label == answer;
    const double strength = isRight ? share : std::sqrt(share);
    const QColor colour = theme().categoryStyle(isRight ? kStyle : kMistakeStyle).colour;
    painter.fillRect(cell.intersected(mapping().area), theme().pale(colour, 0.9 * strength));
    if (share < 0.001)
        return;
    painter.setFont(theme().smallFont());
    painter.setPen(strength > 0.6 ? theme().background : theme().text);
    const QString text = QString::number(100.0 * share, 'f', share < 0.0995 ? 1 : 0);
    if (QFontMetricsF(theme().smallFont()).horizontalAdvance(text) < cell.width())
        painter.drawText(cell, Qt::AlignCenter, text);
}

void ConfusionPlot::drawNames(QCPPainter& painter) const
{
    painter.setFont(theme().smallFont());
    painter.setPen(theme().text);
    const QFontMetricsF metrics(theme().smallFont());
    for (std::size_t i = 0; i < m_content.counts.size(); ++i) {
        const QString& name = m_content.classes[static_cast<qsizetype>(i)];
        const QRectF first = cellRect(i, 0);
        const QRectF left(mapping().area.left() + 2.0, first.top(), first.left() - mapping().area.left() - 8.0,
                          first.height());
        painter.drawText(left, Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(name, Qt::ElideRight, left.width()));
        const QRectF last = cellRect(m_content.counts.size() - 1, i);
        painter.drawText(
            QRectF(last.left(), last.bottom() + 3.0, last.width(), mapping().area.bottom() - last.bottom()),
            Qt::AlignHCenter | Qt::AlignTop | Qt::TextWrapAnywhere | Qt::TextWordWrap, name);
    }
}

std::vector<LegendEntry> confusionLegend(const ConfusionPlot::Content& content, const PlotTheme& theme)
{
    if (content.counts.empty())
        return {};
    SeriesStyle right = theme.categoryStyle(kStyle);
    SeriesStyle wrong = theme.categoryStyle(kMistakeStyle);
    right.marker = wrong.marker = Marker::Square;
    return {{{}, ConfusionPlot::tr("sorted right, % of the label's test images"), LegendEntry::Icon::Point, right},
            {{}, ConfusionPlot::tr("taken for another"), LegendEntry::Icon::Point, wrong}};
}

} // namespace lathe::ui
