#include "ui/plots/hover_card.h"

#include <QLabel>
#include <QTextDocumentFragment>
#include <QVBoxLayout>

#include <algorithm>

#include "core/analysis/derivations.h"
#include "core/analysis/quantity.h"
#include "ui/plots/figure_text.h"
#include "ui/plots/overlay.h"

namespace lathe::ui {

namespace {

constexpr Quantity kShown[] = {Quantity::Throughput, Quantity::Latency,  Quantity::Params,    Quantity::Macs,
                               Quantity::Top1,       Quantity::FileSize, Quantity::PeakMemory};

QString row(Quantity quantity, const Measure& figure, const QString& unit)
{
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td align=right>%2</td><td>&nbsp;%3</td></tr>")
        .arg(quantityTitle(quantity), figureText(figure), unit);
}

QString head(const std::string& title, const QString& below)
{
    return QStringLiteral("<b>%1</b><br>%2<table cellspacing=0 cellpadding=0>")
        .arg(QString::fromStdString(title).toHtmlEscaped(), below.toHtmlEscaped());
}

/// "eager · batch 8 · 2 threads · 3x224x224": what `describe` says after the model.
QString configurationText(const Record& record)
{
    return QString::fromStdString(describe(record.configuration)).section(QStringLiteral(" · "), 1);
}

} // namespace

QString recordCard(const Record& record, const std::vector<Record>& session)
{
    QString text = head(record.configuration.model, configurationText(record));
    for (const Quantity quantity : kShown)
        if (const auto figure = measure(record, quantity))
            text += row(quantity, *figure, unitText(quantity, record));
    text += QStringLiteral("</table>");
    if (!record.scheme.empty())
        text += QStringLiteral("<p style='margin:4px 0 0 0'><b>%1</b>: %2</p>")
                    .arg(QString::fromStdString(record.scheme).toHtmlEscaped(),
                         QString::fromStdString(gainSentence(record, session)).toHtmlEscaped());
    for (const Flag& flag : record.flags)
        text += QStringLiteral("<p style='margin:4px 0 0 0'>⚠ %1</p>")
                    .arg(QString::fromStdString(flag.text).toHtmlEscaped());
    if (!record.note.empty())
        text += QStringLiteral("<p style='margin:4px 0 0 0'><i>%1</i></p>")
                    .arg(QString::fromStdString(record.note).toHtmlEscaped());
    return text;
}

QString overlayCard(const TimmRow& timm, const QString& table)
{
    QStringList below{typeTitle(typeKey(timm.type).section(QLatin1Char(':'), 1))};
    if (timm.batch)
        below << QStringLiteral("batch %1").arg(*timm.batch);
    if (timm.imageSize)
        below << QStringLiteral("%1 px").arg(*timm.imageSize);
    QString text = head(timm.model, below.join(QStringLiteral(" · ")));
    for (const Quantity quantity : kShown)
        if (const auto figure = timmFigure(timm, quantity))
            text += row(quantity, {*figure, *figure, *figure}, unitText(quantity));
    return text + QStringLiteral("</table><i>timm: %1</i>").arg(table.toHtmlEscaped());
}

QString plainCard(const QString& card)
{
    return QTextDocumentFragment::fromHtml(card).toPlainText().simplified();
}

HoverCard::HoverCard(QWidget* parent) : QFrame(parent), m_text(new QLabel(this))
{
    setObjectName(QStringLiteral("hoverCard"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFrameShape(QFrame::StyledPanel);
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::ToolTipBase);
    m_text->setForegroundRole(QPalette::ToolTipText);
    m_text->setTextFormat(Qt::RichText);
    m_text->setWordWrap(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 6, 8, 6);
    layout->addWidget(m_text);
    hide();
}

void HoverCard::showAt(const QPointF& anchor, const QString& card)
{
    constexpr int kAway = 14;
    const bool isLong = plainCard(card).size() > 260; // flags are sentences
    m_text->setWordWrap(isLong);
    m_text->setMinimumWidth(isLong ? 280 : 0);
    m_text->setText(card);
    adjustSize();
    const QSize room = parentWidget()->size();
    const QPoint point = anchor.toPoint();
    int x = point.x() + kAway;
    if (x + width() > room.width())
        x = point.x() - kAway - width();
    const int y = std::clamp(point.y() - height() / 2, 2, std::max(2, room.height() - height() - 2));
    move(std::clamp(x, 2, std::max(2, room.width() - width() - 2)), y);
    raise();
    show();
}

} // namespace lathe::ui
