#include "ui/benchmark/details_text.h"

#include <QObject>

#include <algorithm>

#include "core/analysis/claims.h"
#include "core/analysis/derivations.h"
#include "core/analysis/quantity.h"
#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/figure_text.h"

namespace lathe::ui {

namespace {

QString row(const QString& name, const QString& value)
{
    return value.isEmpty() ? QString()
                           : QStringLiteral("<tr><td style='padding-right:10px'>%1</td><td align='right' "
                                            "style='white-space:nowrap'>%2</td></tr>")
                                 .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

/// Of text that may be long.
QString textRow(const QString& name, const QString& value)
{
    return value.isEmpty() ? QString()
                           : QStringLiteral("<tr><td style='padding-right:10px'>%1</td><td>%2</td></tr>")
                                 .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

QString section(const QString& title, const QString& rows)
{
    return rows.isEmpty() ? QString()
                          : QStringLiteral("<p style='margin:8px 0 2px 0'><b>%1</b></p><table>%2</table>")
                                .arg(title.toHtmlEscaped(), rows);
}

QString figure(const Record& record, Quantity quantity)
{
    const auto value = measure(record, quantity);
    return value ? figureWithUnit(*value, quantity, record) : QString();
}

QString milliseconds(double value)
{
    return QObject::tr("%1 ms").arg(rounded(value, 4));
}

QString configurationLine(const Configuration& configuration)
{
    QString line = QObject::tr("%1 · batch %2 · %3 · %4")
                       .arg(toQString(configuration.mode))
                       .arg(configuration.batch)
                       .arg(counted(configuration.threads, QObject::tr("thread"), QObject::tr("threads")),
                            toQString(toString(configuration.input)));
    if (configuration.device != "cpu")
        line += QStringLiteral(" · ") + toQString(configuration.device);
    return line;
}

QString heading(const Record& record)
{
    return QStringLiteral("<p style='margin:0'><big><b>%1</b></big><br>%2</p>")
        .arg(escaped(record.configuration.model), configurationLine(record.configuration).toHtmlEscaped());
}

QString flagList(const Record& record)
{
    QString items;
    for (const Flag& flag : record.flags)
        items += QStringLiteral("<li><b>%1</b>: %2</li>").arg(escaped(flag.code), escaped(flag.text));
    if (items.isEmpty())
        return QStringLiteral("<p style='margin:8px 0 2px 0'>%1</p>")
            .arg(QObject::tr("No flags: nothing disturbed this measurement."));
    return QStringLiteral("<p style='margin:8px 0 2px 0'><b>%1</b></p><ul style='margin:0;-qt-list-indent:0'>%2</ul>")
        .arg(QObject::tr("Flags"), items);
}

QString figureRows(const Record& record)
{
    return row(QObject::tr("Latency"), figure(record, Quantity::Latency)) +
           row(QObject::tr("Throughput"), figure(record, Quantity::Throughput)) +
           row(QObject::tr("Parameters"), figure(record, Quantity::Params)) +
           row(QObject::tr("MACs an image"), figure(record, Quantity::Macs)) +
           row(QObject::tr("… that ran"),
               record.macsCounted ? QObject::tr("%1 GMACs").arg(inBillions(*record.macsCounted)) : QString()) +
           row(QObject::tr("Top-1, published"), figure(record, Quantity::Top1)) +
           row(QObject::tr("Activations an image"), figure(record, Quantity::ActivationBytes)) +
           row(QObject::tr("Peak memory"), figure(record, Quantity::PeakMemory)) +
           row(QObject::tr("Peak resident"), record.peakResidentBytes > 0
                                                 ? QObject::tr("%1 MB").arg(inMegabytes(record.peakResidentBytes))
                                                 : QString()) +
           row(QObject::tr("Model file"), figure(record, Quantity::FileSize));
}

QString compressionSection(const Record& record, const std::vector<Record>& session)
{
    if (record.scheme.empty())
        return {};
    QString gain = toQString(gainSentence(record, session));
    gain.front() = gain.front().toUpper();
    return section(QObject::tr("Compression"), textRow(QObject::tr("Scheme"), toQString(record.scheme)) +
                                                   textRow(QObject::tr("Made from"), toQString(record.origin))) +
           QStringLiteral("<p style='margin:2px 0'>%1</p>").arg(gain.toHtmlEscaped());
}

QString latencyRows(const Record& record)
{
    const Latency& latency = record.latency;
    return row(QObject::tr("95 % interval"),
               QObject::tr("%1 to %2").arg(rounded(latency.ciLow, 4), milliseconds(latency.ciHigh))) +
           row(QObject::tr("5th percentile"), milliseconds(latency.p5)) +
           row(QObject::tr("95th percentile"), milliseconds(latency.p95)) +
           row(QObject::tr("99th percentile"), milliseconds(latency.p99)) +
           row(QObject::tr("Samples"), QString::number(latency.samples.size())) +
           row(QObject::tr("Outliers"), QString::number(latency.outliers)) +
           row(QObject::tr("Warm-ups"), QString::number(record.warmups)) +
           row(QObject::tr("Page faults"), rounded(record.pageFaults));
}

/// The few that take longest; all are in the layers tab.
QString layerRows(const Record& record)
{
    constexpr std::size_t kSlowest = 4;
    std::vector<LayerTime> layers = record.layers;
    const std::size_t shown = std::min(kSlowest, layers.size());
    std::partial_sort(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(shown), layers.end(),
                      [](const LayerTime& a, const LayerTime& b) { return a.milliseconds > b.milliseconds; });
    QString rows;
    for (std::size_t i = 0; i < shown; ++i)
        rows += row(toQString(layers[i].name), milliseconds(layers[i].milliseconds));
    return rows;
}

QString layerSection(const Record& record)
{
    if (record.layers.empty())
        return {};
    return section(QObject::tr("Slowest layers"), layerRows(record)) +
           QStringLiteral("<p style='margin:2px 0'><a href=\"%1\">%2</a></p>")
               .arg(layersLink(), QObject::tr("All %1 layers").arg(record.layers.size()));
}

QString stopText(const std::string& reason)
{
    if (reason == "precise")
        return QObject::tr("precise enough");
    if (reason == "time")
        return QObject::tr("time limit");
    return reason == "stopped" ? QObject::tr("stopped by you") : toQString(reason);
}

QString protocolRows(const Record& record)
{
    return row(QObject::tr("Measured"), localTime(record.time)) +
           row(QObject::tr("Ended by"), stopText(record.stopReason)) +
           row(QObject::tr("Process"), record.isolated ? QObject::tr("its own") : QObject::tr("shared"));
}

QString environmentRows(const Environment& at)
{
    const QString cores = at.logicalCores > 0
                              ? QObject::tr("%1 physical, %2 usable").arg(at.physicalCores).arg(at.logicalCores)
                              : QString();
    return textRow(QObject::tr("Machine"), toQString(at.host)) + textRow(QObject::tr("CPU"), toQString(at.cpu)) +
           textRow(QObject::tr("Instructions"), toQString(at.instructionSets)) + textRow(QObject::tr("Cores"), cores) +
           textRow(QObject::tr("Memory"),
                   at.memoryGiB > 0.0 ? QObject::tr("%1 GiB").arg(rounded(at.memoryGiB)) : QString()) +
           textRow(QObject::tr("System"), toQString(at.system)) +
           textRow(QObject::tr("Library"), toQString(at.library)) +
           textRow(QObject::tr("Kernels"), toQString(at.kernels)) +
           textRow(QObject::tr("Chosen for"), toQString(at.capability)) +
           textRow(QObject::tr("Load at the start"), rounded(at.loadAverage, 2)) +
           textRow(QObject::tr("Clock"),
                   at.clockMHz > 0.0 ? QObject::tr("%1 MHz").arg(rounded(at.clockMHz, 4)) : QString()) +
           textRow(QObject::tr("Governor"), toQString(at.governor)) +
           textRow(QObject::tr("Lathe"), toQString(at.latheVersion));
}

template <class Cell>
QString tableRow(const QString& title, const std::vector<const Record*>& records, const Cell& cell)
{
    QString html = QStringLiteral("<tr><td style='white-space:nowrap'>%1</td>").arg(title.toHtmlEscaped());
    bool any = false;
    for (const Record* record : records) {
        const QString text = cell(*record);
        any = any || !text.isEmpty();
        html += QStringLiteral("<td align='right' style='padding-left:8px;white-space:nowrap'>%1</td>")
                    .arg(text.toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>")));
    }
    return any ? html + QStringLiteral("</tr>") : QString();
}

/// For a column beside several others.
QString narrowTitle(Quantity quantity)
{
    switch (quantity) {
    case Quantity::Params:
        return QObject::tr("Params, M");
    case Quantity::Macs:
        return QObject::tr("GMACs");
    case Quantity::ActivationBytes:
        return QObject::tr("Activations, MB");
    case Quantity::Latency:
        return QObject::tr("Latency, ms");
    case Quantity::Throughput:
        return QObject::tr("Images/s");
    case Quantity::Top1:
        return QObject::tr("Top-1, %");
    case Quantity::FileSize:
        return QObject::tr("File, MB");
    case Quantity::PeakMemory:
        return QObject::tr("Peak, MB");
    }
    return {};
}

/// The list of flags has it already.
bool isFlag(const Explanation& explanation)
{
    return explanation.code == "contention" || explanation.code == "oversubscribed" || explanation.code == "drift";
}

/// In front of a sentence, where its share is known.
QString shareText(const Explanation& explanation)
{
    if (!explanation.share)
        return {};
    return QStringLiteral("<b>%1 %</b> ").arg(toQString(formatSignificant(100.0 * *explanation.share, 2)));
}

bool sameEnvironment(const std::vector<const Record*>& records)
{
    return std::all_of(records.begin(), records.end(),
                       [&](const Record* record) { return sameSeries(*record, *records.front()); });
}

} // namespace

QString layersLink()
{
    return QStringLiteral("lathe:layers");
}

QString detailsHtml(const Record& record, const QString& why, const std::vector<Record>& session)
{
    QString html = heading(record);
    html += section(QObject::tr("Figures"), figureRows(record));
    html += compressionSection(record, session);
    html += flagList(record);
    html += why;
    if (!record.note.empty())
        html += QStringLiteral("<p><b>%1</b>: %2</p>").arg(QObject::tr("Note"), escaped(record.note));
    html += section(QObject::tr("Latency"), latencyRows(record));
    html += layerSection(record);
    html += section(QObject::tr("How it was measured"), protocolRows(record));
    html += section(QObject::tr("Environment"), environmentRows(record.environment));
    return html;
}

QString explanationsHtml(const ExplanationAnswer& answer)
{
    QString items;
    for (const Explanation& explanation : answer.explanations)
        if (!isFlag(explanation))
            items += QStringLiteral("<li>%1%2</li>").arg(shareText(explanation), escaped(explanation.sentence));
    for (const std::string& sentence : answer.missing)
        items += QStringLiteral("<li><i>%1</i></li>").arg(escaped(sentence));
    if (items.isEmpty())
        return {};
    const QString title =
        answer.ids.size() == 2 ? QObject::tr("Why they differ") : QObject::tr("Why it takes its time");
    return QStringLiteral("<p style='margin:8px 0 2px 0'><b>%1</b></p><ul style='margin:0;-qt-list-indent:0'>%2</ul>")
        .arg(title, items);
}

QString sideBySideHtml(const std::vector<const Record*>& records)
{
    if (records.empty())
        return {};
    const auto configured = [](auto&& get) {
        return [get](const Record& record) { return get(record.configuration); };
    };
    QString html =
        QStringLiteral("<p style='margin:0'><big><b>%1</b></big></p><table>")
            .arg(counted(static_cast<std::int64_t>(records.size()), QObject::tr("record"), QObject::tr("records")));
    html +=
        tableRow(QObject::tr("Model"), records, configured([](const Configuration& c) { return toQString(c.model); }));
    html +=
        tableRow(QObject::tr("Mode"), records, configured([](const Configuration& c) { return toQString(c.mode); }));
    html += tableRow(QObject::tr("Batch"), records,
                     configured([](const Configuration& c) { return QString::number(c.batch); }));
    html += tableRow(QObject::tr("Threads"), records,
                     configured([](const Configuration& c) { return QString::number(c.threads); }));
    html += tableRow(QObject::tr("Input"), records,
                     configured([](const Configuration& c) { return toQString(toString(c.input)); }));
    html += tableRow(QObject::tr("Scheme"), records, [](const Record& record) { return toQString(record.scheme); });
    html += tableRow(QObject::tr("Made from"), records, [](const Record& record) { return toQString(record.origin); });
    for (const Quantity quantity : allQuantities())
        html += tableRow(narrowTitle(quantity), records, [quantity](const Record& record) {
            const auto value = measure(record, quantity);
            return value ? figureText(*value) : QString();
        });
    html += tableRow(QObject::tr("Flags"), records, [](const Record& record) {
        QStringList codes;
        for (const Flag& flag : record.flags)
            codes << toQString(flag.code);
        return codes.join(QLatin1Char('\n')); // one a line, or two columns would not fit
    });
    html += QStringLiteral("</table>");
    if (!sameEnvironment(records))
        html += QStringLiteral("<p>%1</p>")
                    .arg(QObject::tr("These were measured in unlike environments (machine, cores or software): do not "
                                     "compare their times."));
    return html;
}

QString claimsHtml(const std::vector<const Record*>& records, const Session& session)
{
    const auto isAbout = [&](const Claim& claim) {
        return std::any_of(records.begin(), records.end(), [&](const Record* record) {
            return record->configuration.model == claim.smaller || record->configuration.model == claim.larger;
        });
    };
    if (std::none_of(claims().begin(), claims().end(), isAbout))
        return {};
    QString html;
    for (const std::string& sentence : checkedClaims(session.records, session.comparisons))
        html += QStringLiteral("<p><b>%1</b> %2</p>").arg(QObject::tr("Published and measured:"), escaped(sentence));
    return html;
}

} // namespace lathe::ui
