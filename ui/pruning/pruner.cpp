#include "ui/pruning/pruner.h"

#include <utility>

#include "core/benchmark/environment.h"
#include "ui/architectures/model_file.h"
#include "ui/format.h"

namespace lathe::ui {

Pruner::Pruner(JobQueue* queue, LoadBackend backend, QObject* parent)
    : QObject(parent), m_job(new SoleJob(queue, this)), m_backend(std::move(backend))
{
    connect(m_job, &SoleJob::stateChanged, this, &Pruner::stateChanged);
    connect(m_job, &SoleJob::progressed, this, &Pruner::progressed);
    connect(m_job, &SoleJob::failed, this, &Pruner::failed);
}

void Pruner::prune(const PruningWish& wish)
{
    run(tr("Prune %1").arg(shortModelName(toQString(wish.names.model))),
        [wish](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return pruneAsWished(backend, wish, stop, progress);
        });
}

void Pruner::makePermanent()
{
    m_network = madePermanent(*std::exchange(m_network, std::nullopt));
    Q_EMIT changed();
    Q_EMIT stateChanged();
}

void Pruner::measurePromises(const PromiseWish& wish)
{
    run(tr("Compare %1 with the original").arg(networkName()),
        [now = *m_network, wish](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withPromises(backend, now, wish, stop, progress);
        });
}

void Pruner::measureSensitivity(const SensitivityOptions& options)
{
    run(tr("Sensitivity of %1").arg(networkName()),
        [now = *m_network, options](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withSensitivity(backend, now, options, stop, progress);
        });
}

void Pruner::measureSizes()
{
    run(tr("Sizes of %1").arg(networkName()),
        [now = *m_network](Backend&, const std::stop_token& stop, const ProgressSink& progress) {
            return withSizes(now, stop, progress);
        });
}

void Pruner::measureBreakEven(const BreakEvenWish& wish)
{
    run(tr("Break-even of %1 of %2").arg(toQString(wish.layer), networkName()),
        [now = *m_network, wish](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withBreakEven(backend, now, wish, stop, progress);
        });
}

void Pruner::measureGains(std::int64_t batch)
{
    run(tr("Sparse layers of %1").arg(networkName()),
        [now = *m_network, batch](Backend& backend, const std::stop_token& stop, const ProgressSink& progress) {
            return withSparseGains(backend, now, batch, stop, progress);
        });
}

void Pruner::save(const QString& path)
{
    auto task = [this, path, model = m_network->model](const std::stop_token&, const ProgressSink&) -> Result<void> {
        return saveModel(path.toStdString(), *model).map([&] {
            QMetaObject::invokeMethod(
                this, [this, path] { Q_EMIT saved(path); }, Qt::QueuedConnection);
        });
    };
    m_job->begin(tr("Save %1").arg(networkName()), task);
}

QString Pruner::networkName() const
{
    return shortModelName(toQString(m_network->wish.names.model));
}

/// What the work gives is told at once; the accuracy follows, where there is one to be had.
void Pruner::run(const QString& title, Work work)
{
    auto task = [this, work = std::move(work), load = m_backend](std::stop_token stop,
                                                                 const ProgressSink& progress) -> Result<void> {
        const Result<Backend*> backend = load();
        if (!backend)
            return tl::unexpected(backend.error());
        (*backend)->setThreads(usableCores());
        Result<PrunedNetwork> made = work(**backend, stop, progress);
        if (!made)
            return tl::unexpected(made.error());
        tell(std::make_shared<const PrunedNetwork>(*made));
        if (!awaitsAccuracy(*made))
            return {};
        progress({-1.0, "measuring the accuracy"});
        return withAccuracy(**backend, *std::move(made), stop, progress).map([&](PrunedNetwork measured) {
            tell(std::make_shared<const PrunedNetwork>(std::move(measured)));
        });
    };
    m_job->begin(title, std::move(task));
}

/// Called on the worker thread.
void Pruner::tell(std::shared_ptr<const PrunedNetwork> network)
{
    QMetaObject::invokeMethod(
        this,
        [this, network = std::move(network)] {
            m_network = *network;
            Q_EMIT changed();
            Q_EMIT stateChanged();
        },
        Qt::QueuedConnection);
}

} // namespace lathe::ui
