#include "core/engine/torch/fused/fused_network.h"

#include <chrono>
#include <set>

#include <ATen/MemoryOverlap.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "core/engine/torch/fused/plan_builder.h"
#include "core/engine/torch/guard.h"
#include "core/engine/torch/memory_meter.h"
#include "core/engine/torch/operation_counter.h"
#include "core/engine/torch/tensors.h"

namespace lathe::engine {

namespace {

/// One that LibTorch's dispatcher did not see, by its kernel's name.
void addCall(OperationCount& count, const std::string& name, std::int64_t macs)
{
    const auto known = std::find_if(count.operations.begin(), count.operations.end(),
                                    [&](const OperationCall& call) { return call.name == name; });
    OperationCall& call =
        known != count.operations.end() ? *known : count.operations.emplace_back(OperationCall{name, 0, 0});
    ++call.calls;
    call.macs += macs;
    count.macs += macs;
}

StepValue valueOf(const at::Tensor& tensor)
{
    return {tensor.sizes().vec(), dtypeOf(tensor.scalar_type())};
}

} // namespace

FusedNetwork::FusedNetwork(const Graph& graph, const StateDict& weights, Mode mode, const Quantization* quantization)
    : m_graph(graph), m_lowered(lower(graph)), m_takes(graph), m_mode(mode),
      m_quantization(quantization != nullptr ? std::optional(*quantization) : std::nullopt)
{
    for (std::size_t i = 0; i < graph.parameters().size(); ++i)
        m_parameters.push_back(toTorch(weights[i].tensor).to(scalarType(graph.parameters()[i].dtype)).contiguous());
}

void FusedNetwork::plan(const at::Tensor& input)
{
    const c10::InferenceMode guard;
    m_steps.clear();
    m_output = at::Tensor();
    m_workshop.forgetShared();
    m_threads = 0;
    PlanBuilder builder(m_graph, m_lowered, m_parameters, input, m_mode, m_quantization ? &*m_quantization : nullptr);
    builder.build(); // what is made here is for planning alone, so it is not kept
    const KeptMemory::Use use(&m_memory);
    const Placement place(builder.memory(), builder.steps(), builder.output());
    for (const Step& step : builder.steps()) {
        Tensors reads = place(step.reads);
        const Tensors writes = place(step.writes);
        Made made = step.make(reads, writes, m_workshop);
        m_steps.push_back({step.node, std::move(made), std::move(reads), writes.front()});
    }
    m_finished = builder.finished();
    for (Finished& finished : m_finished)
        finished.value = place(finished.value);
    m_input = input;
    m_output = place(builder.output());
    m_arenaBytes = place.bytes();
    m_threads = at::get_num_threads();
}

/// Returns what was there before.
at::Tensor FusedNetwork::takeInput(const HostTensor& x)
{
    const at::Tensor given = toTorch(x).to(m_takes.type());
    if (!m_input.defined() || m_input.size(0) != given.size(0) || m_threads != at::get_num_threads())
        plan(m_takes.random(given.size(0)));
    const at::Tensor kept = m_input.clone();
    m_input.copy_(given);
    return kept;
}

/// Primitives are made for a number of threads, and `infer` may have had another batch.
void FusedNetwork::planForKept()
{
    if (m_threads != at::get_num_threads() || m_input.size(0) != m_keptBatch)
        plan(m_takes.random(m_keptBatch));
}

void FusedNetwork::forward() const
{
    const c10::InferenceMode guard;
    const KeptMemory::Use use(&m_memory);
    for (const Planned& step : m_steps)
        step.made.run();
}

Result<HostTensor> FusedNetwork::infer(const HostTensor& x)
{
    if (const auto ok = m_takes.check(x); !ok)
        return tl::unexpected(ok.error());
    return guarded(m_graph.name(), [&]() -> Result<HostTensor> {
        const at::Tensor kept = takeInput(x);
        forward();
        const at::Tensor y = m_output.to(at::kFloat).clone(at::MemoryFormat::Contiguous);
        m_input.copy_(kept); // which the output may be a view of
        return toHost(y);
    });
}

Result<void> FusedNetwork::setBatch(std::int64_t batch)
{
    return guarded(m_graph.name(), [&]() -> Result<void> {
        m_keptBatch = batch;
        plan(m_takes.random(batch));
        return {};
    });
}

Result<void> FusedNetwork::run()
{
    return guarded(m_graph.name(), [&]() -> Result<void> {
        planForKept();
        forward();
        return {};
    });
}

/// Seconds a step.
std::vector<double> FusedNetwork::forwardTimed() const
{
    using Clock = std::chrono::steady_clock;
    const c10::InferenceMode guard;
    const KeptMemory::Use use(&m_memory);
    std::vector<double> seconds;
    seconds.reserve(m_steps.size());
    Clock::time_point before = Clock::now();
    for (const Planned& step : m_steps) {
        step.made.run();
        const Clock::time_point after = Clock::now();
        seconds.push_back(std::chrono::duration<double>(after - before).count());
        before = after;
    }
    return seconds;
}

Result<std::vector<double>> FusedNetwork::runTimed()
{
    return guarded(m_graph.name(), [&]() -> Result<std::vector<double>> {
        planForKept();
        const std::vector<double> ofSteps = forwardTimed();
        std::vector<double> seconds(m_graph.nodes().size(), 0.0);
        for (std::size_t i = 0; i < m_steps.size(); ++i)
            seconds[static_cast<std::size_t>(m_steps[i].node)] += ofSteps[i];
        return seconds;
    });
}

Result<std::vector<TimedStep>> FusedNetwork::runSteps()
{
    return guarded(m_graph.name(), [&]() -> Result<std::vector<TimedStep>> {
        planForKept();
        const std::vector<double> seconds = forwardTimed();
        std::vector<TimedStep> steps;
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            const Planned& step = m_steps[i];
            TimedStep& told =
                steps.emplace_back(TimedStep{step.node, step.made.kernel, {}, valueOf(step.write), seconds[i]});
            for (const at::Tensor& read : step.reads)
                told.reads.push_back(valueOf(read));
        }
        return steps;
    });
}

Result<std::int64_t> FusedNetwork::peakTensorBytes()
{
    return guarded(m_graph.name(), [&]() -> Result<std::int64_t> {
        planForKept();
        const MemoryMeter meter;
        forward();
        return m_arenaBytes + static_cast<std::int64_t>(m_workshop.sharedBytes()) + meter.peakBytes();
    });
}

Result<void> FusedNetwork::watch(const HostTensor& x, const std::vector<NodeId>& nodes, const Seen& seen)
{
    if (const auto ok = m_takes.check(x); !ok)
        return ok;
    return guarded(m_graph.name(), [&]() -> Result<void> {
        const at::Tensor kept = takeInput(x);
        const c10::InferenceMode guard;
        const KeptMemory::Use use(&m_memory);
        const std::set<NodeId> watched(nodes.begin(), nodes.end());
        auto next = m_finished.begin();
        for (std::size_t done = 0; done <= m_steps.size(); ++done) {
            for (; next != m_finished.end() && next->steps == done; ++next)
                if (watched.contains(next->node))
                    show(*next, seen);
            if (done < m_steps.size())
                m_steps[done].made.run();
        }
        m_input.copy_(kept);
        return {};
    });
}

void FusedNetwork::show(const Finished& finished, const Seen& seen) const
{
    const at::Tensor& y = finished.value;
    const QuantizationParameters* grid = nullptr;
    if (m_quantization && m_quantization->quantizes(finished.node))
        grid = &*m_quantization->values[static_cast<std::size_t>(finished.node)];
    at::Tensor floats = y.to(at::kFloat, false, true).contiguous(); // a copy: others will lie there
    if (grid != nullptr)
        floats.sub_(grid->zeroPoint).mul_(grid->scale);
    const auto other = seen(finished.node, toHost(floats));
    if (!other || at::has_internal_overlap(y) == at::MemOverlap::Yes) // a constant, expanded to the batch
        return;
    at::Tensor given = toTorch(*other);
    if (grid != nullptr)
        given = at::clamp(at::round(given / grid->scale) + grid->zeroPoint, grid->integers.low, grid->integers.high);
    y.copy_(given);
}

Result<OperationCount> FusedNetwork::countOperations()
{
    return guarded(m_graph.name(), [&]() -> Result<OperationCount> {
        planForKept();
        const c10::InferenceMode guard;
        const KeptMemory::Use use(&m_memory);
        const OperationCounter counter;
        std::vector<std::int64_t> nodes(m_graph.nodes().size(), 0);
        for (const Planned& step : m_steps) {
            const std::int64_t before = counter.macs();
            step.made.run();
            nodes[static_cast<std::size_t>(step.node)] += counter.macs() - before + step.made.macs;
        }
        OperationCount count = counter.count();
        count.nodes = std::move(nodes);
        for (const Planned& step : m_steps)
            if (step.made.macs > 0)
                addCall(count, step.made.kernel, step.made.macs);
        return perSample(std::move(count), m_input.size(0));
    });
}

} // namespace lathe::engine
