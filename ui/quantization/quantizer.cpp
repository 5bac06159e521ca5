#include "ui/quantization/quantizer.h"

#include <utility>

#include "core/benchmark/environment.h"
#include "ui/architectures/model_file.h"
#include "ui/format.h"

namespace lathe::ui {

Quantizer::Quantizer(JobQueue* queue, LoadBackend backend, QObject* parent)
    : QObject(parent), m_job(new SoleJob(queue, this)), m_backend(std::move(backend))
{
    connect(m_job, &SoleJob::stateChanged, this, &Quantizer::stateChanged);
    connect(m_job, &SoleJob::progressed, this, &Quantizer::progressed);
    connect(m_job, &SoleJob::failed, this, &Quantizer::failed);
}

void Quantizer::quantize(const QuantizationWish& wish)
{
    run(
        tr("Quantize %1").arg(shortModelName(toQString(wish.names.model))),
        [wish](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return quantizeAsWished(backend, wish, stop, progress);
        },
        false);
}

void Quantizer::chooseLayers(const PrecisionChoice& choice)
{
    if (!takesChoices())
        return;
    m_job->drop();
    run(
        tr("Round %1 anew").arg(networkName()),
        [now = *m_network, choice](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withLayers(backend, now, choice, stop, progress);
        },
        true);
}

void Quantizer::measureLayers(std::int64_t batch)
{
    run(
        tr("Measure the layers of %1").arg(networkName()),
        [now = *m_network, batch](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withMeasurements(backend, now, batch, stop, progress);
        },
        false);
}

void Quantizer::suggest(const ErrorBudget& budget, std::int64_t batch)
{
    run(
        tr("Suggest layers of %1").arg(networkName()),
        [now = *m_network, budget, batch](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withSuggestion(backend, now, budget, batch, stop, progress);
        },
        false);
}

void Quantizer::measureSpeed(const std::vector<std::int64_t>& batches)
{
    run(
        tr("Compare %1 with float32").arg(networkName()),
        [now = *m_network, batches](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withSpeed(backend, now, batches, stop, progress);
        },
        false);
}

void Quantizer::save(const QString& path)
{
    auto task = [this, path, outcome = m_network->chosen](const std::stop_token&, const ProgressSink&) -> Result<void> {
        return saveModel(path.toStdString(), outcome->model).map([&] {
            QMetaObject::invokeMethod(
                this, [this, path] { Q_EMIT saved(path); }, Qt::QueuedConnection);
        });
    };
    begin(tr("Save %1").arg(networkName()), task, false);
}

QString Quantizer::networkName() const
{
    return shortModelName(toQString(m_network->wish.names.model));
}

/// What the work gives is told at once; the accuracy follows, where there is one to be had.
void Quantizer::run(const QString& title, Work work, bool givesWay)
{
    auto task = [this, work = std::move(work), load = m_backend,
                 now = m_generation + 1](std::stop_token stop, const ProgressSink& progress) -> Result<void> {
        const Result<Backend*> backend = load();
        if (!backend)
            return tl::unexpected(backend.error());
        (*backend)->setThreads(usableCores());
        Result<QuantizedNetwork> made = work(**backend, stop, progress);
        if (!made)
            return tl::unexpected(made.error());
        tell(now, std::make_shared<const QuantizedNetwork>(*made));
        if (!awaitsAccuracy(*made))
            return {};
        progress({-1.0, "measuring the accuracy"});
        return withAccuracy(**backend, *std::move(made), stop, progress).map([&](QuantizedNetwork measured) {
            tell(now, std::make_shared<const QuantizedNetwork>(std::move(measured)));
        });
    };
    begin(title, std::move(task), givesWay);
}

void Quantizer::begin(const QString& title, JobQueue::Task task, bool givesWay)
{
    ++m_generation;
    m_givesWay = givesWay;
    m_job->begin(title, std::move(task));
}

/// Called on the worker thread.
void Quantizer::tell(int generation, std::shared_ptr<const QuantizedNetwork> network)
{
    QMetaObject::invokeMethod(
        this,
        [this, generation, network = std::move(network)] {
            if (generation != m_generation)
                return;
            m_network = *network;
            m_givesWay = true; // only the accuracy is still to come
            Q_EMIT changed();
            Q_EMIT stateChanged();
        },
        Qt::QueuedConnection);
}

} // namespace lathe::ui
