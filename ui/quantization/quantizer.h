#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <optional>

#include "ui/jobs/sole_job.h"
#include "ui/quantization/quantize_work.h"

namespace lathe::ui {

/// Quantizes a network and what may follow, as jobs: one at a time, and it waits while something is measured. The queue
/// goes before it does.
class Quantizer : public QObject {
    Q_OBJECT

public:
    using LoadBackend = std::function<Result<Backend*>()>;

    Quantizer(JobQueue* queue, LoadBackend backend, QObject* parent);

    /// Null: nothing was quantized yet.
    const QuantizedNetwork* network() const { return m_network ? &*m_network : nullptr; }
    bool isBusy() const { return m_job->isBusy(); }
    /// There is a network whose layers may be chosen now: a choice that is being worked out gives way to the next.
    bool takesChoices() const { return m_network && (!isBusy() || m_givesWay); }
    bool canStart() const { return m_backend && !isBusy(); }

    void quantize(const QuantizationWish& wish);
    void chooseLayers(const PrecisionChoice& choice);
    void measureLayers(std::int64_t batch);
    void suggest(const ErrorBudget& budget, std::int64_t batch);
    void measureSpeed(const std::vector<std::int64_t>& batches);
    void save(const QString& path);
    void stop() { m_job->stop(); }

Q_SIGNALS:
    void changed(); ///< more is known of the network, or it is another
    void stateChanged();
    void progressed(const QString& what);
    void failed(const QString& sentence); ///< or was stopped; the network is as it was
    void saved(const QString& path);

private:
    using Work = std::function<Result<QuantizedNetwork>(Backend&, const std::stop_token&, const ProgressSink&)>;
    QString networkName() const;
    void run(const QString& title, Work work, bool givesWay);
    void begin(const QString& title, JobQueue::Task task, bool givesWay);
    void tell(int generation, std::shared_ptr<const QuantizedNetwork> network);

    SoleJob* m_job;
    LoadBackend m_backend;
    std::optional<QuantizedNetwork> m_network;
    bool m_givesWay = false; ///< the job: to a choice of layers
    int m_generation = 0;    ///< of the job; what comes from an earlier one is stale
};

} // namespace lathe::ui
