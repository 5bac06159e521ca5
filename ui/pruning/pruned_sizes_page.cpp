#include "ui/pruning/pruned_sizes_page.h"

#include <QLabel>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/analysis/significant.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/pruning/prune_text.h"

namespace lathe::ui {

namespace {

QString hintText()
{
    return PrunedSizesPage::tr(
        "<p><b>Is the pruned file smaller?</b></p><p>Zeros take as many bytes as other numbers unless a format leaves "
        "them out and stores where the others are. Press <i>Measure</i>: the network is written in every format, and "
        "each file compressed by gzip.</p>");
}

std::vector<ColumnHeader> columns()
{
    const auto tr = [](const char* text) { return PrunedSizesPage::tr(text); };
    return {
        {tr("Format")},
        {tr("Expected"), tr("Bytes of the numbers; names, shapes and padding come on top"), cellAlignment(true)},
        {tr("File"), tr("Bytes of the file that was written"), cellAlignment(true)},
        {tr("gzip"), tr("Of that file once gzip has compressed it"), cellAlignment(true)},
        {tr("Breaks even at"),
         tr("The share of zeros in all layers alike (of blocks of zeros for BSR) from which on it takes fewer bytes "
            "than dense numbers"),
         cellAlignment(true)},
        {tr("Bytes of its numbers"), tr("What the bytes expected are")}};
}

FigureCell bytesCell(const std::optional<std::int64_t>& bytes)
{
    if (!bytes)
        return {QStringLiteral("–"), {}, PrunedSizesPage::tr("Too large to be written")};
    return {toQString(formatBytes(static_cast<double>(*bytes))), static_cast<qlonglong>(*bytes),
            PrunedSizesPage::tr("%L1 bytes").arg(*bytes)};
}

FigureCell breakEvenCell(const FormatSize& size)
{
    if (!size.breakEven)
        return {QStringLiteral("–")};
    const QString share = shareText(*size.breakEven);
    return {size.isOfBlocks ? PrunedSizesPage::tr("%1 empty blocks").arg(share) : share, *size.breakEven};
}

FigureRow figures(const FormatSize& size)
{
    return {FigureCell::of(toQString(size.format)),
            bytesCell(size.expectedBytes),
            bytesCell(size.bytes),
            bytesCell(size.gzipBytes),
            breakEvenCell(size),
            FigureCell::of(toQString(size.formula), toQString(size.formula))};
}

} // namespace

PrunedSizesPage::PrunedSizesPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("prunedSizesPage"));
    QWidget* strip = makeControlStrip(this);
    m_measure = addTextButton(*strip, tr("Measure"), QStringLiteral("pruneSizes"),
                              tr("Write the network in every format among the temporary files, where they are gone "
                                 "afterwards, and compress each"),
                              false);
    m_note = new QLabel(this);
    m_note->setObjectName(QStringLiteral("sizesNote"));
    m_note->setWordWrap(true);
    m_note->setContentsMargins(8, 2, 8, 6);
    m_table = new FiguresTable("sizesTable", tr("Size in each format"), columns(), this);
    auto* result = new QWidget(this);
    QVBoxLayout* inner = tightColumn(result);
    inner->addWidget(m_note);
    inner->addWidget(m_table, 1);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(new EmptyHint(hintText(), {}, this));
    m_stack->addWidget(result);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_stack, 1);
    connect(m_measure, &QToolButton::clicked, this, &PrunedSizesPage::measureRequested);
}

void PrunedSizesPage::showNetwork(const PrunedNetwork& network)
{
    m_stack->setCurrentIndex(network.sizes ? 1 : 0);
    if (!network.sizes)
        return;
    const SizeTable& table = *network.sizes;
    const double share =
        table.weights > 0 ? static_cast<double>(table.zeros) / static_cast<double>(table.weights) : 0.0;
    m_note->setText(tr("%L1 of %L2 weights are zero (%3). Sparse formats are of convolutions and linear layers, as "
                       "outputs × the rest; COO takes them as they are. BSR has blocks of up to 8 × 8.")
                        .arg(table.zeros)
                        .arg(table.weights)
                        .arg(shareText(share)));
    std::vector<FigureRow> rows;
    for (const FormatSize& size : table.formats)
        rows.push_back(figures(size));
    m_table->setRows(std::move(rows));
}

void PrunedSizesPage::setMeasureEnabled(bool enabled)
{
    m_measure->setEnabled(enabled);
}

} // namespace lathe::ui
