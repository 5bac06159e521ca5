#include "core/engine/torch/fused/fused_network.h"

#include <chrono>

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

} // namespace

FusedNetwork::FusedNetwork(const Graph& graph, const StateDict& weights, at::ScalarType type)
    : m_graph(graph), m_lowered(lower(graph)), m_takes(graph), m_type(type)
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
    PlanBuilder builder(m_graph, m_lowered, m_parameters, input, m_type);
    builder.build(); // what is made here is for planning alone, so it is not kept
    const KeptMemory::Use use(&m_memory);
    const Placement place(builder.memory(), builder.steps(), builder.output());
    for (const Step& step : builder.steps()) {
        Tensors reads = place(step.reads);
        Made made = step.make(reads, place(step.writes), m_workshop);
        m_steps.push_back({step.node, std::move(made), std::move(reads)});
    }
    m_input = input;
    m_output = place(builder.output());
    m_arenaBytes = place.bytes();
    m_threads = at::get_num_threads();
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
        const at::Tensor given = toTorch(x).to(m_takes.type());
        if (!m_input.defined() || m_input.size(0) != given.size(0) || m_threads != at::get_num_threads())
            plan(m_takes.random(given.size(0)));
        const at::Tensor kept = m_input.clone();
        m_input.copy_(given);
        forward();
        const at::Tensor y = m_output.to(at::kFloat).clone(at::MemoryFormat::Contiguous);
        m_input.copy_(kept); // which the output may be a view of
        return toHost(y);
    });
}

Result<std::vector<HostTensor>> FusedNetwork::inferNodes(const HostTensor&, const std::vector<NodeId>&)
{
    return fail(ErrorCode::Unsupported,
                "Nodes that are fused have no output of their own; take eager to see what each gives out.");
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

Result<std::vector<double>> FusedNetwork::runTimed()
{
    using Clock = std::chrono::steady_clock;
    return guarded(m_graph.name(), [&]() -> Result<std::vector<double>> {
        planForKept();
        const c10::InferenceMode guard;
        const KeptMemory::Use use(&m_memory);
        std::vector<double> seconds(m_graph.nodes().size(), 0.0);
        Clock::time_point before = Clock::now();
        for (const Planned& step : m_steps) {
            step.made.run();
            const Clock::time_point after = Clock::now();
            seconds[static_cast<std::size_t>(step.node)] += std::chrono::duration<double>(after - before).count();
            before = after;
        }
        return seconds;
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
