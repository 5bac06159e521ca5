#include "ui/distillation/distiller.h"

#include <algorithm>
#include <chrono>

#include <QFileInfo>

#include "core/analysis/significant.h"
#include "core/benchmark/environment.h"
#include "core/distillation/experiment_records.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr double kSecondsEach = 3.0; ///< for a record
constexpr auto kBetweenUpdates = std::chrono::milliseconds(250);

ArmCurve& curveOf(DistilState& state, const ArmPlace& place)
{
    const auto found = std::find_if(state.arms.begin(), state.arms.end(),
                                    [&](const ArmCurve& arm) { return arm.place.number == place.number; });
    if (found != state.arms.end())
        return *found;
    state.arms.push_back({place, {}, {}, {}});
    return state.arms.back();
}

double fractionOf(const ArmPlace& place, const TrainingProgress& p)
{
    const double epochs = p.epoch - 1 + static_cast<double>(p.step) / static_cast<double>(p.steps);
    return (place.number - 1 + epochs / p.epochs) / place.count;
}

/// The trainings to come take as long as this one, as far as anybody knows.
std::string progressText(const ArmPlace& place, const TrainingProgress& p)
{
    const double perEpoch = p.secondsLeft / std::max(1e-9, p.epochs * (1.0 - fractionOf({place.arm, 0, 1, 1}, p)));
    const double left = p.secondsLeft + (place.count - place.number) * p.epochs * perEpoch;
    return "training " + std::to_string(place.number) + " of " + std::to_string(place.count) + " (" +
           std::string(name(place.arm)) + ", seed " + std::to_string(place.seed) + "), epoch " +
           std::to_string(p.epoch) + " of " + std::to_string(p.epochs) + ", " + formatSignificant(p.imagesPerSecond) +
           " images/s, " + formatDuration(left) + " left";
}

} // namespace

Distiller::Distiller(JobQueue* queue, LoadBackend backend, QObject* parent)
    : QObject(parent), m_job(new SoleJob(queue, this)), m_backend(std::move(backend))
{
    connect(m_job, &SoleJob::stateChanged, this, &Distiller::stateChanged);
    connect(m_job, &SoleJob::progressed, this, &Distiller::progressed);
    connect(m_job, &SoleJob::failed, this, &Distiller::failed);
}

void Distiller::begin(const DistilWish& wish)
{
    m_asking.forget();
    m_state = std::make_shared<DistilState>();
    m_state->wish = wish;
    auto task = [this, wish, state = m_state, load = m_backend](std::stop_token stop,
                                                                const ProgressSink& progress) -> Result<void> {
        const Result<Backend*> backend = load();
        if (!backend)
            return tl::unexpected(backend.error());
        Result<ExperimentSubject> subject = loadExperiment(wish.names);
        if (!subject)
            return tl::unexpected(subject.error());
        const Result<ExperimentOptions> options = optionsFrom(wish.choices, subject->student.graph);
        if (!options)
            return tl::unexpected(options.error());
        const ExperimentEvents told = events(state, progress);
        Result<ExperimentResult> result = runExperiment(**backend, *subject, *options, wish.folder, told, stop);
        if (!result)
            return tl::unexpected(result.error());
        auto records =
            recordsOf(**backend, *subject, *result, options->training.threads, kSecondsEach, stop, told.preparing);
        if (!records)
            return tl::unexpected(records.error());
        tell(state, [subject = std::make_shared<const ExperimentSubject>(*std::move(subject)),
                     used = std::make_shared<const ExperimentOptions>(*options),
                     found = std::make_shared<const ExperimentResult>(*std::move(result)),
                     measured = *std::move(records)](DistilState& s) {
            s.subject = subject;
            s.options = used;
            s.result = found;
            s.records = measured;
        });
        return {};
    };
    m_job->begin(
        tr("Distil %1 into %2").arg(QFileInfo(toQString(wish.names.teacher)).fileName(), toQString(wish.names.student)),
        std::move(task));
    Q_EMIT begun();
}

/// Called on the worker thread; steps are passed on now and then, epochs always.
ExperimentEvents Distiller::events(const std::shared_ptr<DistilState>& state, const ProgressSink& progress)
{
    using Clock = std::chrono::steady_clock;
    ExperimentEvents events;
    events.preparing = [progress](const Progress& p) { progress({-1.0, p.what}); };
    events.stepDone = [this, state, progress, next = Clock::time_point()](const ArmPlace& place,
                                                                          const TrainingProgress& p) mutable {
        if (Clock::now() < next)
            return;
        next = Clock::now() + kBetweenUpdates;
        progress({fractionOf(place, p), progressText(place, p)});
        tell(state, [place, p](DistilState& s) { curveOf(s, place).running = p; });
    };
    events.epochDone = [this, state](const ArmPlace& place, const EpochResult& epoch) {
        tell(state, [place, epoch](DistilState& s) {
            ArmCurve& curve = curveOf(s, place);
            curve.epochs.push_back(epoch);
            curve.running.reset();
        });
    };
    events.armDone = [this, state](const ArmPlace& place, const ArmResult& arm) {
        tell(state, [place, test = arm.test.accuracy](DistilState& s) { curveOf(s, place).test = test; });
    };
    return events;
}

/// On the GUI thread, unless another experiment has begun meanwhile.
void Distiller::tell(const std::shared_ptr<DistilState>& state, std::function<void(DistilState&)> what)
{
    QMetaObject::invokeMethod(
        this,
        [this, state, what = std::move(what)] {
            if (state != m_state)
                return;
            const bool wasDone = state->result != nullptr;
            what(*state);
            Q_EMIT grown();
            if (!wasDone && state->result)
                Q_EMIT finished();
        },
        Qt::QueuedConnection);
}

void Distiller::ask(std::size_t seed, std::int64_t image, double temperature)
{
    if (!m_state || !m_state->result)
        return;
    m_asking.start(
        this,
        [load = m_backend, subject = m_state->subject, result = m_state->result, seed, image,
         temperature](const std::stop_token&) -> Result<ImageAnswers> {
            return load().and_then(
                [&](Backend* backend) { return answersTo(*backend, *subject, *result, seed, image, temperature); });
        },
        [this](const Result<ImageAnswers>& answers) {
            if (answers)
                Q_EMIT answered(*answers);
            else
                Q_EMIT notAnswered(QString::fromStdString(answers.error().message));
        });
}

} // namespace lathe::ui
