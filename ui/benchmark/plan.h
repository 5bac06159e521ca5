#pragma once

#include <QObject>
#include <QStringList>
#include <QThreadPool>
#include <QTimer>

#include <optional>
#include <vector>

#include "core/benchmark/estimate.h"
#include "core/session/session.h"

namespace lathe::ui {

/// What a setup comes to, before it is run.
struct Plan {
    Setup setup;
    std::vector<Configuration> configurations;
    std::vector<double> seconds; ///< guessed, one a configuration
    QStringList tooLarge;        ///< what does not fit into memory: the figure and the largest batch that does
    QString error;               ///< why nothing can be run; a sentence that says what to do

    bool canRun() const { return error.isEmpty() && !configurations.empty(); }
    double totalSeconds() const;
};

/// Builds the graphs of the setup: milliseconds each, for a worker. The guess of the time builds on typicalRate().
Plan makePlan(const Setup& setup, std::int64_t availableBytes, double macsPerCoreSecond = typicalRate({}));

/// "6 configurations, about 3 min", or what is to be done first.
QString planText(const Plan& plan);

/// What does not fit into memory, a line each; empty if everything does.
QString warningText(const Plan& plan);

/// Plans on a thread of its own, a moment after the last change; of several requests only the last is answered.
class Planner : public QObject {
    Q_OBJECT

public:
    explicit Planner(QObject* parent = nullptr);
    ~Planner() override;

    /// What was measured here already makes the guess of the time a better one.
    void request(const Setup& setup, const std::vector<Record>& measured);
    /// The plan of this very setup, if it is ready.
    const Plan* planFor(const Setup& setup) const;

Q_SIGNALS:
    void planned();

private:
    void start();

    Setup m_wanted;
    double m_rate = typicalRate({});
    int m_serial = 0;
    std::optional<Plan> m_plan;
    QTimer m_delay;
    QThreadPool m_pool;
};

} // namespace lathe::ui
