#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <optional>

#include "ui/jobs/sole_job.h"
#include "ui/pruning/prune_work.h"

namespace lathe::ui {

/// Prunes a network and what may follow, as jobs: one at a time, and it waits while something is measured. The queue
/// goes before it does.
class Pruner : public QObject {
    Q_OBJECT

public:
    using LoadBackend = std::function<Result<Backend*>()>;

    Pruner(JobQueue* queue, LoadBackend backend, QObject* parent);

    /// Null: nothing was pruned yet.
    const PrunedNetwork* network() const { return m_network ? &*m_network : nullptr; }
    bool isBusy() const { return m_job->isBusy(); }
    bool canStart() const { return m_backend && !isBusy(); }

    void prune(const PruningWish& wish);
    void makePermanent();
    void measurePromises(const PromiseWish& wish);
    void measureSensitivity(const SensitivityOptions& options);
    void measureSizes();
    void measureBreakEven(const BreakEvenWish& wish);
    void measureGains(std::int64_t batch);
    void save(const QString& path);
    void stop() { m_job->stop(); }

Q_SIGNALS:
    void changed(); ///< more is known of the network, or it is another
    void stateChanged();
    void progressed(const QString& what);
    void failed(const QString& sentence); ///< or was stopped; the network is as it was
    void saved(const QString& path);

private:
    using Work = std::function<Result<PrunedNetwork>(Backend&, const std::stop_token&, const ProgressSink&)>;
    QString networkName() const;
    void run(const QString& title, Work work);
    void tell(std::shared_ptr<const PrunedNetwork> network);

    SoleJob* m_job;
    LoadBackend m_backend;
    std::optional<PrunedNetwork> m_network;
};

} // namespace lathe::ui
