#pragma once

#include <QObject>

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/distillation/image_answers.h"
#include "core/session/record.h"
#include "ui/distillation/distil_wish.h"
#include "ui/jobs/latest_work.h"
#include "ui/jobs/sole_job.h"

namespace lathe::ui {

/// What is known of a training of the experiment.
struct ArmCurve {
    ArmPlace place;
    std::vector<EpochResult> epochs;
    std::optional<TrainingProgress> running; ///< of the epoch that is not done yet
    std::optional<double> test;              ///< accuracy, once it is measured
};

/// An experiment, as far as it is.
struct DistilState {
    DistilWish wish;
    std::vector<ArmCurve> arms;                       ///< in the order they are trained; those that have begun
    std::shared_ptr<const ExperimentSubject> subject; ///< as the two below, once it is done
    std::shared_ptr<const ExperimentOptions> options;
    std::shared_ptr<const ExperimentResult> result;
    std::vector<Record> records; ///< of the teacher and the first seed's students
};

/// Runs experiments as jobs, one at a time. The queue goes before it does.
class Distiller : public QObject {
    Q_OBJECT

public:
    using LoadBackend = std::function<Result<Backend*>()>;

    Distiller(JobQueue* queue, LoadBackend backend, QObject* parent);

    /// Null: none has begun.
    const DistilState* state() const { return m_state ? m_state.get() : nullptr; }
    bool isBusy() const { return m_job->isBusy(); }
    bool canStart() const { return m_backend && !isBusy(); }

    void begin(const DistilWish& wish);
    void stop() { m_job->stop(); }

    /// Of a test image; only the last asked for is told. Once there is a result.
    void ask(std::size_t seed, std::int64_t image, double temperature);

Q_SIGNALS:
    void begun();
    void grown();    ///< epochs or steps were added
    void finished(); ///< there is a result
    void stateChanged();
    void progressed(const QString& what);
    void failed(const QString& sentence); ///< or was stopped
    void answered(const ImageAnswers& answers);
    void notAnswered(const QString& sentence);

private:
    ExperimentEvents events(const std::shared_ptr<DistilState>& state, const ProgressSink& progress);
    void tell(const std::shared_ptr<DistilState>& state, std::function<void(DistilState&)> what);

    SoleJob* m_job;
    LoadBackend m_backend;
    std::shared_ptr<DistilState> m_state;
    LatestWork m_asking;
};

} // namespace lathe::ui
