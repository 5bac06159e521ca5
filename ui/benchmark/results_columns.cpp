#include "ui/benchmark/results_columns.h"

#include <QObject>

#include "core/analysis/quantity.h"
#include "ui/format.h"
#include "ui/plots/figure_text.h"

namespace lathe::ui {

namespace {

template <Quantity quantity> QString figure(const Record& record)
{
    const auto value = measure(record, quantity);
    return value ? figureText(*value) : QString();
}

template <Quantity quantity> QVariant figureValue(const Record& record)
{
    const auto value = measure(record, quantity);
    return value ? QVariant(value->value) : QVariant();
}

template <auto member> QString configurationText(const Record& record)
{
    return toQString(record.configuration.*member);
}

template <auto member> QString recordText(const Record& record)
{
    return toQString(record.*member);
}

template <auto member> QString latencyText(const Record& record)
{
    return rounded(record.latency.*member, 4);
}

template <auto member> QVariant latencyValue(const Record& record)
{
    return record.latency.*member;
}

QVariant textValue(const QString& text)
{
    return text.isEmpty() ? QVariant() : QVariant(text);
}

/// Sorted as it reads.
template <auto text> QVariant asText(const Record& record)
{
    return textValue(text(record));
}

QString inputText(const Record& record)
{
    return toQString(toString(record.configuration.input));
}

QString flagsText(const Record& record)
{
    QStringList codes;
    for (const Flag& flag : record.flags)
        codes << toQString(flag.code);
    return codes.join(QStringLiteral(", "));
}

QString processText(const Record& record)
{
    return record.isolated ? QObject::tr("own") : QObject::tr("shared");
}

QString samplesText(const Record& record)
{
    return QString::number(record.latency.samples.size());
}

QString residentText(const Record& record)
{
    return record.peakResidentBytes > 0 ? inMegabytes(record.peakResidentBytes) : QString();
}

QString faultsText(const Record& record)
{
    return rounded(record.pageFaults);
}

QString machineText(const Record& record)
{
    return toQString(record.environment.host.empty() ? record.environment.cpu : record.environment.host);
}

std::vector<ResultsColumn> makeColumns()
{
    using R = const Record&;
    return {
        {"model", QT_TR_NOOP("Model"), QT_TR_NOOP("Architecture or model file"), false, true,
         configurationText<&Configuration::model>, asText<configurationText<&Configuration::model>>},
        {"mode", QT_TR_NOOP("Mode"), QT_TR_NOOP("How the network was run"), false, true,
         configurationText<&Configuration::mode>, asText<configurationText<&Configuration::mode>>},
        {"input", QT_TR_NOOP("Input"), QT_TR_NOOP("Channels x height x width, or a number of tokens"), false, true,
         inputText,
         [](R r) { return QVariant::fromValue(static_cast<qlonglong>(elementCount(r.configuration.input))); }},
        {"batch", QT_TR_NOOP("Batch"), QT_TR_NOOP("Images, or texts, that an inference takes at once"), true, true,
         [](R r) { return QString::number(r.configuration.batch); },
         [](R r) { return QVariant::fromValue(static_cast<qlonglong>(r.configuration.batch)); }},
        {"threads", QT_TR_NOOP("Threads"), QT_TR_NOOP("Threads an operation used"), true, true,
         [](R r) { return QString::number(r.configuration.threads); },
         [](R r) { return QVariant(r.configuration.threads); }},
        {"latency", QT_TR_NOOP("Latency (ms)"),
         QT_TR_NOOP("Median time of one inference of the whole batch, ± half its 95 % interval"), true, true,
         figure<Quantity::Latency>, figureValue<Quantity::Latency>},
        {"throughput", QT_TR_NOOP("Throughput (images/s)"), QT_TR_NOOP("Batch / median latency, ± from its interval"),
         true, true, figure<Quantity::Throughput>, figureValue<Quantity::Throughput>},
        {"params", QT_TR_NOOP("Params (M)"), QT_TR_NOOP("Trainable parameters in millions"), true, true,
         figure<Quantity::Params>, figureValue<Quantity::Params>},
        {"macs", QT_TR_NOOP("GMACs"), QT_TR_NOOP("Billions of multiply-accumulates for one image; 1 MAC is 2 FLOPs"),
         true, true, figure<Quantity::Macs>, figureValue<Quantity::Macs>},
        {"top1", QT_TR_NOOP("Top-1 (%)"),
         QT_TR_NOOP("Published accuracy on ImageNet, where the input is the published crop; of what a recipe or a "
                    "distillation made, accuracy on its own dataset's test images"),
         true, true, figure<Quantity::Top1>, figureValue<Quantity::Top1>},
        {"peak_memory", QT_TR_NOOP("Peak memory (MB)"),
         QT_TR_NOOP("Weights, and the most bytes that tensors of one inference held at once"), true, true,
         figure<Quantity::PeakMemory>, figureValue<Quantity::PeakMemory>},
        {"resident", QT_TR_NOOP("Peak resident (MB)"),
         QT_TR_NOOP("Most memory the process held; in a shared process, of all that ran in it so far"), true, false,
         residentText,
         [](R r) { return r.peakResidentBytes > 0 ? QVariant(static_cast<double>(r.peakResidentBytes)) : QVariant(); }},
        {"file_size", QT_TR_NOOP("File (MB)"), QT_TR_NOOP("Model file, or the published weights"), true, true,
         figure<Quantity::FileSize>, figureValue<Quantity::FileSize>},
        {"activations", QT_TR_NOOP("Activations (MB)"),
         QT_TR_NOOP("Bytes of all activations of one image in 32-bit floats, added up"), true, false,
         figure<Quantity::ActivationBytes>, figureValue<Quantity::ActivationBytes>},
        {"p5", QT_TR_NOOP("p5 (ms)"), QT_TR_NOOP("5 % of the inferences were faster"), true, false,
         latencyText<&Latency::p5>, latencyValue<&Latency::p5>},
        {"p95", QT_TR_NOOP("p95 (ms)"), QT_TR_NOOP("5 % of the inferences were slower"), true, false,
         latencyText<&Latency::p95>, latencyValue<&Latency::p95>},
        {"p99", QT_TR_NOOP("p99 (ms)"), QT_TR_NOOP("1 % of the inferences were slower"), true, false,
         latencyText<&Latency::p99>, latencyValue<&Latency::p99>},
        {"samples", QT_TR_NOOP("Samples"), QT_TR_NOOP("Timed inferences"), true, false, samplesText,
         [](R r) { return QVariant::fromValue(static_cast<qlonglong>(r.latency.samples.size())); }},
        {"faults", QT_TR_NOOP("Page faults"), QT_TR_NOOP("Minor page faults an inference"), true, false, faultsText,
         [](R r) { return QVariant(r.pageFaults); }},
        {"flags", QT_TR_NOOP("Flags"), QT_TR_NOOP("What a reader of the figure should know; in words in the details"),
         false, true, flagsText, asText<flagsText>},
        {"family", QT_TR_NOOP("Family"), QT_TR_NOOP("Architectures of one paper or its sequel"), false, false,
         recordText<&Record::family>, asText<recordText<&Record::family>>},
        {"type", QT_TR_NOOP("Type"), QT_TR_NOOP("cnn, vit, mlp, hybrid or transformer"), false, false,
         recordText<&Record::type>, asText<recordText<&Record::type>>},
        {"scheme", QT_TR_NOOP("Scheme"), QT_TR_NOOP("How the network was compressed; empty: not at all"), false, false,
         recordText<&Record::scheme>, asText<recordText<&Record::scheme>>},
        {"origin", QT_TR_NOOP("Made from"), QT_TR_NOOP("The network that a compressed one was made from"), false, false,
         recordText<&Record::origin>, asText<recordText<&Record::origin>>},
        {"process", QT_TR_NOOP("Process"), QT_TR_NOOP("Whether it was measured in a process of its own"), false, false,
         processText, asText<processText>},
        {"device", QT_TR_NOOP("Device"), QT_TR_NOOP("What ran the network"), false, false,
         configurationText<&Configuration::device>, asText<configurationText<&Configuration::device>>},
        {"machine", QT_TR_NOOP("Machine"), QT_TR_NOOP("Where it was measured"), false, false, machineText,
         asText<machineText>},
        {"time", QT_TR_NOOP("Measured"), QT_TR_NOOP("When it was measured, in this machine's time zone"), false, true,
         [](R r) { return localTime(r.time); }, [](R r) { return textValue(toQString(r.time)); }},
        {"note", QT_TR_NOOP("Note"), QT_TR_NOOP("Yours: double click or F2 to write"), false, true,
         recordText<&Record::note>, asText<recordText<&Record::note>>},
    };
}

} // namespace

const std::vector<ResultsColumn>& resultsColumns()
{
    static const std::vector<ResultsColumn> columns = makeColumns();
    return columns;
}

int resultsColumn(const QString& key)
{
    const auto& columns = resultsColumns();
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (key == QLatin1String(columns[i].key))
            return static_cast<int>(i);
    return -1;
}

} // namespace lathe::ui
