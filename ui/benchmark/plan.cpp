#include "ui/benchmark/plan.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/benchmark/environment.h"
#include "core/benchmark/memory.h"
#include "core/benchmark/sweep.h"
#include "core/graph/cost.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr int kDelayMs = 120;

/// Each model and input is built once.
class Graphs {
public:
    const Result<Graph>& get(const Configuration& configuration)
    {
        const std::string key = configuration.model + '@' + toString(configuration.input);
        auto found = m_graphs.find(key);
        if (found == m_graphs.end())
            found = m_graphs.emplace(key, graphOf(configuration)).first;
        return found->second;
    }

private:
    std::map<std::string, Result<Graph>> m_graphs;
};

QString missing(const Setup& setup)
{
    if (setup.models.empty())
        return QObject::tr("Tick at least one architecture, or choose a preset.");
    if (setup.modes.empty())
        return QObject::tr("Choose at least one mode.");
    return {};
}

void checkSize(Plan& plan, const Configuration& configuration, const Graph& graph, std::int64_t availableBytes)
{
    const auto fits = checkMemory(graph, configuration.batch, availableBytes);
    if (fits)
        return;
    const QString sentence = toQString(fits.error().message);
    if (!plan.tooLarge.contains(sentence))
        plan.tooLarge << sentence;
}

} // namespace

double Plan::totalSeconds() const
{
    return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

Plan makePlan(const Setup& setup, std::int64_t availableBytes, double macsPerCoreSecond)
{
    Plan plan;
    plan.setup = setup;
    plan.error = missing(setup);
    if (!plan.error.isEmpty())
        return plan;
    auto expanded = expand(setup);
    if (!expanded) {
        plan.error = toQString(expanded.error().message);
        return plan;
    }
    plan.configurations = std::move(*expanded);
    Graphs graphs;
    for (const Configuration& configuration : plan.configurations) {
        const Result<Graph>& graph = graphs.get(configuration);
        const std::int64_t macs = graph ? cost(*graph).macs : 0;
        plan.seconds.push_back(estimateSeconds(configuration, macs, setup, macsPerCoreSecond));
        if (graph)
            checkSize(plan, configuration, *graph, availableBytes);
    }
    return plan;
}

QString planText(const Plan& plan)
{
    if (!plan.error.isEmpty())
        return plan.error;
    return QObject::tr("%1, %2").arg(counted(static_cast<std::int64_t>(plan.configurations.size()),
                                             QObject::tr("configuration"), QObject::tr("configurations")),
                                     aboutDuration(plan.totalSeconds()));
}

QString warningText(const Plan& plan)
{
    constexpr int kShown = 2;
    QString text = plan.tooLarge.mid(0, kShown).join(QLatin1Char('\n'));
    if (plan.tooLarge.size() > kShown)
        text += QObject::tr("\n%1 more do not fit.").arg(plan.tooLarge.size() - kShown);
    return text;
}

Planner::Planner(QObject* parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(1);
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &Planner::start);
}

Planner::~Planner()
{
    m_pool.clear();
    m_pool.waitForDone();
}

void Planner::request(const Setup& setup, const std::vector<Record>& measured)
{
    m_wanted = setup;
    m_rate = typicalRate(measured);
    ++m_serial;
    m_plan.reset();
    m_delay.start();
}

const Plan* Planner::planFor(const Setup& setup) const
{
    return m_plan && m_plan->setup == setup ? &*m_plan : nullptr;
}

void Planner::start()
{
    m_pool.clear();
    m_pool.start([this, setup = m_wanted, rate = m_rate, serial = m_serial] {
        Plan plan = makePlan(setup, availableMemoryBytes(), rate);
        QMetaObject::invokeMethod(
            this,
            [this, plan = std::move(plan), serial]() mutable {
                if (serial != m_serial)
                    return; // something else is wanted by now
                m_plan = std::move(plan);
                Q_EMIT planned();
            },
            Qt::QueuedConnection);
    });
}

} // namespace lathe::ui
