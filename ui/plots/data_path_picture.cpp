#include "ui/plots/data_path_picture.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/plot_theme.h"

namespace lathe::ui {

namespace {

constexpr int kBoxWidth = 270;
constexpr int kGap = 92; ///< between boxes, with room for what flows there
constexpr int kMargin = 14;
constexpr int kPadding = 9;
constexpr int kRowGap = 22;
constexpr double kRadius = 6.0;
constexpr double kHead = 7.0; ///< of an arrow

QString titleOf(const PathStep& step)
{
    switch (step.kind) {
    case StepKind::Quantize:
        return DataPathPicture::tr("Quantize");
    case StepKind::Dequantize:
        return DataPathPicture::tr("Dequantize");
    case StepKind::Integers:
        return DataPathPicture::tr("Integers");
    case StepKind::Float:
        break;
    }
    return DataPathPicture::tr("Float32");
}

/// Conversions orange, integers blue, float grey.
QColor colourOf(StepKind kind, const PlotTheme& theme)
{
    switch (kind) {
    case StepKind::Quantize:
    case StepKind::Dequantize:
        return theme.categoryStyle(1).colour;
    case StepKind::Integers:
        return theme.categoryStyle(0).colour;
    case StepKind::Float:
        break;
    }
    return theme.mutedText;
}

struct Line {
    QString text;
    QFont font;
    QColor colour;
};

std::vector<Line> linesOf(const PathStep& step, const PlotTheme& theme)
{
    QFont bold = theme.font;
    bold.setBold(true);
    const QFont small = theme.smallFont();
    std::vector<Line> lines{{titleOf(step) + QStringLiteral(" · ") + toQString(step.layer), bold, theme.text},
                            {toQString(step.kernel), small, theme.mutedText}};
    if (!step.formula.empty())
        lines.push_back({toQString(step.formula), theme.font, theme.text});
    for (const StepParameter& parameter : step.parameters)
        lines.push_back({DataPathPicture::tr("%1 = %2 (%3)")
                             .arg(toQString(parameter.name), toQString(parameter.value),
                                  parameter.isFixedBefore ? DataPathPicture::tr("fixed beforehand")
                                                          : DataPathPicture::tr("found as it runs")),
                         small, parameter.isFixedBefore ? theme.text : theme.warning});
    lines.push_back({DataPathPicture::tr("%1 ms · %2 read and written")
                         .arg(toQString(formatSignificant(step.milliseconds)),
                              toQString(formatBytes(static_cast<double>(step.bytes)))),
                     small, theme.mutedText});
    return lines;
}

int heightOf(const Line& line)
{
    const QFontMetrics metrics(line.font);
    return metrics.boundingRect(QRect(0, 0, kBoxWidth - 2 * kPadding, 10000), Qt::TextWordWrap, line.text).height() + 2;
}

int heightOf(const PathStep& step, const PlotTheme& theme)
{
    int height = 2 * kPadding;
    for (const Line& line : linesOf(step, theme))
        height += heightOf(line);
    return height;
}

/// Where the boxes go on a page of that width, as many side by side as there is room for.
std::vector<QRect> boxesOf(const std::vector<PathStep>& steps, int width, const PlotTheme& theme)
{
    const int columns = std::max(1, (width - 2 * kMargin + kGap) / (kBoxWidth + kGap));
    std::vector<QRect> boxes;
    int top = kMargin + QFontMetrics(theme.smallFont()).height() + 4;
    for (std::size_t first = 0; first < steps.size(); first += static_cast<std::size_t>(columns)) {
        const std::size_t last = std::min(steps.size(), first + static_cast<std::size_t>(columns));
        int tallest = 0;
        for (std::size_t i = first; i < last; ++i)
            tallest = std::max(tallest, heightOf(steps[i], theme));
        for (std::size_t i = first; i < last; ++i)
            boxes.emplace_back(kMargin + static_cast<int>(i - first) * (kBoxWidth + kGap), top, kBoxWidth, tallest);
        top += tallest + kRowGap;
    }
    return boxes;
}

void drawBox(QPainter& painter, const QRect& box, const PathStep& step, const PlotTheme& theme)
{
    const QColor colour = colourOf(step.kind, theme);
    painter.setPen(QPen(colour, 1.4));
    painter.setBrush(theme.pale(colour, 0.13));
    painter.drawRoundedRect(box, kRadius, kRadius);
    int top = box.top() + kPadding;
    for (const Line& line : linesOf(step, theme)) {
        painter.setFont(line.font);
        painter.setPen(line.colour);
        const int height = heightOf(line);
        painter.drawText(QRect(box.left() + kPadding, top, box.width() - 2 * kPadding, height), Qt::TextWordWrap,
                         line.text);
        top += height;
    }
}

/// "uint8 1x64x56x56" in two lines, over an arrow to the right of a box.
void drawFlow(QPainter& painter, const QRect& box, const std::string& what, const PlotTheme& theme)
{
    const double y = box.top() + 0.5 * box.height();
    const double from = box.right() + 4;
    const double to = box.right() + kGap - 5;
    painter.setPen(QPen(theme.axis, 1.4));
    painter.drawLine(QPointF(from, y), QPointF(to - kHead, y));
    QPainterPath head;
    head.moveTo(to, y);
    head.lineTo(to - kHead, y - 0.6 * kHead);
    head.lineTo(to - kHead, y + 0.6 * kHead);
    head.closeSubpath();
    painter.fillPath(head, theme.axis);
    const QString text = toQString(what);
    painter.setFont(theme.smallFont());
    painter.setPen(theme.text);
    const QRectF above(from - 2, y - 40, kGap - 4, 37);
    painter.drawText(above, Qt::AlignHCenter | Qt::AlignBottom, text.section(QLatin1Char(' '), 0, 0));
    painter.setPen(theme.mutedText);
    painter.drawText(QRectF(from - 2, y + 4, kGap - 4, 37), Qt::AlignHCenter | Qt::AlignTop | Qt::TextWrapAnywhere,
                     text.section(QLatin1Char(' '), 1));
}

} // namespace

DataPathPicture::DataPathPicture(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("dataPathPicture"));
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void DataPathPicture::setSteps(std::vector<PathStep> steps)
{
    m_steps = std::move(steps);
    QStringList told;
    for (const PathStep& step : m_steps)
        told += QStringLiteral("%1: %2").arg(titleOf(step), toQString(step.formula));
    setAccessibleName(tr("Data path"));
    setAccessibleDescription(told.join(QLatin1Char('\n')));
    updateGeometry();
    update();
}

int DataPathPicture::heightForWidth(int width) const
{
    const PlotTheme theme = PlotTheme::fromPalette(palette(), font());
    const std::vector<QRect> boxes = boxesOf(m_steps, width, theme);
    return boxes.empty() ? kMargin : boxes.back().bottom() + kMargin;
}

QSize DataPathPicture::sizeHint() const
{
    const int width = 2 * kMargin + 3 * kBoxWidth + 2 * kGap;
    return {width, heightForWidth(width)};
}

QSize DataPathPicture::minimumSizeHint() const
{
    return {2 * kMargin + kBoxWidth + kGap, kMargin};
}

void DataPathPicture::paint(QPainter& painter, const QSize& size, const PlotTheme& theme) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(QRect({0, 0}, size), theme.background);
    if (m_steps.empty())
        return;
    const std::vector<QRect> boxes = boxesOf(m_steps, size.width(), theme);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        drawBox(painter, boxes[i], m_steps[i], theme);
        drawFlow(painter, boxes[i], m_steps[i].writes, theme);
    }
    painter.setFont(theme.smallFont());
    painter.setPen(theme.mutedText);
    painter.drawText(QRect(kMargin, kMargin - 4, size.width() - 2 * kMargin, boxes.front().top() - kMargin),
                     Qt::AlignLeft | Qt::AlignVCenter, tr("in: %1").arg(toQString(m_steps.front().reads)));
}

void DataPathPicture::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(painter, size(), PlotTheme::fromPalette(palette(), font()));
}

} // namespace lathe::ui
