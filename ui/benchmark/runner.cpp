#include "ui/benchmark/runner.h"

#include <QDateTime>
#include <QUuid>

#include "ui/benchmark/plan.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

ComparisonRecord toRecord(const QString& firstId, const QString& secondId, const Comparison& comparison)
{
    ComparisonRecord record;
    record.firstId = firstId.toStdString();
    record.secondId = secondId.toStdString();
    record.time = QDateTime::currentDateTimeUtc().toString(Qt::ISODate).toStdString();
    record.ratio = comparison.ratio;
    record.ratioLow = comparison.ciLow;
    record.ratioHigh = comparison.ciHigh;
    record.sentence = comparison.sentence;
    for (const Flag& flag : comparison.flags)
        record.warnings.push_back(flag.text);
    return record;
}

} // namespace

Runner::Runner(Document* document, JobQueue* queue, Measuring measuring, QObject* parent)
    : QObject(parent), m_document(document), m_queue(queue), m_measuring(std::move(measuring))
{
}

void Runner::prepare()
{
    m_queue->post([this, load = m_measuring.prepare] {
        auto info = load();
        QMetaObject::invokeMethod(
            this,
            [this, info = std::move(info)] {
                if (info)
                    Q_EMIT prepared(*info);
                else
                    Q_EMIT prepareFailed(toQString(info.error().message));
            },
            Qt::QueuedConnection);
    });
}

void Runner::start(const Plan& plan)
{
    for (std::size_t i = 0; i < plan.configurations.size(); ++i)
        startOne(plan.configurations[i], plan.setup, plan.seconds[i]);
}

void Runner::startOne(const Configuration& configuration, const Setup& setup, double seconds)
{
    const auto task = [this, configuration, setup, measure = m_measuring.measure, journal = m_document->journal(),
                       generation = m_generation](std::stop_token stop, const ProgressSink& progress) -> Result<void> {
        auto record = measure(configuration, setup, std::move(stop), progress);
        if (!record)
            return tl::unexpected(record.error());
        if (record->id.empty())
            record->id = QUuid::createUuid().toString(QUuid::WithoutBraces).toStdString();
        // On disk before it is shown. Where that fails, the document tries again and says so.
        (void)journal->append(*record);
        QMetaObject::invokeMethod(
            this, [this, generation, record = std::move(*record)] { arrived(generation, record); },
            Qt::QueuedConnection);
        return {};
    };
    m_queue->enqueue(toQString(describe(configuration)), task, static_cast<qint64>(1000.0 * seconds));
}

void Runner::compare(const QString& firstId, const QString& secondId)
{
    const Record* first = m_document->record(firstId);
    const Record* second = m_document->record(secondId);
    if (!first || !second)
        return;
    const auto task = [this, firstId, secondId, a = first->configuration, b = second->configuration,
                       setup = m_document->setup(), run = m_measuring.compare,
                       generation = m_generation](std::stop_token stop, const ProgressSink& progress) -> Result<void> {
        auto comparison = run(a, b, setup, std::move(stop), progress);
        if (!comparison)
            return tl::unexpected(comparison.error());
        if (progress)
            progress({1.0, comparison->sentence});
        QMetaObject::invokeMethod(
            this,
            [this, generation, compared = toRecord(firstId, secondId, *comparison)] {
                if (generation == m_generation)
                    m_document->addComparison(compared);
            },
            Qt::QueuedConnection);
        return {};
    };
    m_queue->enqueue(
        tr("Compare %1 with %2").arg(toQString(first->configuration.model), toQString(second->configuration.model)),
        task, static_cast<qint64>(1000.0 * m_document->setup().maxSeconds));
}

void Runner::abandon()
{
    ++m_generation;
    m_queue->cancelAll();
}

void Runner::arrived(int generation, const Record& record)
{
    if (generation == m_generation)
        m_document->appendRecord(record);
}

} // namespace lathe::ui
