#include "core/engine/torch/network.h"

#include <algorithm>
#include <chrono>

#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/InferenceMode.h>

#include "core/engine/torch/guard.h"
#include "core/engine/torch/memory_meter.h"
#include "core/engine/torch/operation_counter.h"
#include "core/engine/torch/tensors.h"
#include "core/graph/cost.h"

namespace lathe::engine {

namespace {

constexpr NodeId kInput = 0;

bool isChannelsLast(Mode mode)
{
    return mode == Mode::ChannelsLast || mode == Mode::ChannelsLastKept;
}

std::optional<KeptMemory> memoryOf(Mode mode)
{
    const bool keeps = mode == Mode::EagerKept || mode == Mode::ChannelsLastKept;
    return keeps ? std::optional<KeptMemory>(std::in_place) : std::nullopt;
}

} // namespace

TorchNetwork::TorchNetwork(const Graph& graph, const StateDict& weights, Mode mode, at::Device device)
    : m_name(graph.name()), m_input(graph), m_output(graph.output()), m_channelsLast(isChannelsLast(mode)),
      m_memory(memoryOf(mode)), m_device(device), m_values(graph.nodes().size())
{
    const auto released = releasedAfter(graph, Lifetimes::Eager);
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        Step step{makeKernel(node, bind(graph, node, weights), device), kernelInputs(node), released[i]};
        std::erase(step.released, kInput); // the caller's, and ExpandToBatch may still want its batch
        m_steps.push_back(std::move(step));
    }
}

Tensors TorchNetwork::bind(const Graph& graph, const Node& node, const StateDict& weights) const
{
    Tensors bound;
    for (const ParameterId id : node.parameters) {
        const DType wanted = graph.parameter(id).dtype;
        bound.push_back(place(toTorch(weights[static_cast<std::size_t>(id)].tensor).to(scalarType(wanted))));
    }
    return bound;
}

at::Tensor TorchNetwork::place(const at::Tensor& tensor) const
{
    const bool image = m_channelsLast && tensor.dim() == 4 && tensor.is_floating_point();
    return tensor.to(m_device).contiguous(image ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

at::Tensor TorchNetwork::runStep(std::size_t index)
{
    const Step& step = m_steps[index];
    m_arguments.clear();
    for (const NodeId input : step.inputs)
        m_arguments.push_back(m_values[static_cast<std::size_t>(input)]);
    at::Tensor output = step.kernel(m_arguments);
    m_arguments.clear();
    for (const NodeId gone : step.released)
        m_values[static_cast<std::size_t>(gone)].reset();
    return output;
}

at::Tensor TorchNetwork::takeOutput()
{
    at::Tensor output = std::move(m_values[static_cast<std::size_t>(m_output)]);
    std::fill(m_values.begin(), m_values.end(), at::Tensor());
    return output;
}

at::Tensor TorchNetwork::forward(const at::Tensor& x)
{
    const c10::InferenceMode guard;
    const KeptMemory::Use use = useMemory();
    m_values[kInput] = x;
    for (std::size_t i = 1; i < m_steps.size(); ++i)
        m_values[i] = runStep(i);
    synchronize();
    return takeOutput();
}

/// Runs no further than the last of the nodes.
std::vector<HostTensor> TorchNetwork::forwardKeeping(const at::Tensor& x, const std::vector<NodeId>& nodes)
{
    const c10::InferenceMode guard;
    std::vector<HostTensor> kept(nodes.size());
    const std::size_t last =
        nodes.empty() ? 0 : static_cast<std::size_t>(*std::max_element(nodes.begin(), nodes.end()));
    for (std::size_t i = 0; i <= last; ++i) {
        m_values[i] = i == kInput ? x : runStep(i);
        for (std::size_t k = 0; k < nodes.size(); ++k)
            if (static_cast<std::size_t>(nodes[k]) == i)
                kept[k] = toHost(m_values[i].to(at::kFloat, false, true)); // a copy: what follows may overwrite it
    }
    takeOutput();
    return kept;
}

at::Tensor TorchNetwork::forwardTimed(const at::Tensor& x, std::vector<double>& seconds)
{
    using Clock = std::chrono::steady_clock;
    const c10::InferenceMode guard;
    const KeptMemory::Use use = useMemory();
    m_values[kInput] = x;
    seconds.assign(m_steps.size(), 0.0);
    Clock::time_point before = Clock::now();
    for (std::size_t i = 1; i < m_steps.size(); ++i) {
        m_values[i] = runStep(i);
        synchronize();
        const Clock::time_point after = Clock::now();
        seconds[i] = std::chrono::duration<double>(after - before).count();
        before = after;
    }
    return takeOutput();
}

OperationCount TorchNetwork::forwardCounted(const at::Tensor& x)
{
    const c10::InferenceMode guard;
    const KeptMemory::Use use = useMemory();
    const OperationCounter counter;
    std::vector<std::int64_t> nodes(m_steps.size(), 0);
    m_values[kInput] = x;
    for (std::size_t i = 1; i < m_steps.size(); ++i) {
        const std::int64_t before = counter.macs();
        m_values[i] = runStep(i);
        nodes[i] = counter.macs() - before;
    }
    takeOutput();
    OperationCount count = counter.count();
    count.nodes = std::move(nodes);
    return count;
}

void TorchNetwork::synchronize() const
{
    if (!m_device.is_cpu())
        c10::impl::getDeviceGuardImpl(m_device.type())
            ->synchronizeDevice(std::max<c10::DeviceIndex>(m_device.index(), 0));
}

Result<HostTensor> TorchNetwork::infer(const HostTensor& x)
{
    if (const auto ok = m_input.check(x); !ok)
        return tl::unexpected(ok.error());
    return guarded(m_name, [&]() -> Result<HostTensor> {
        const at::Tensor input = toTorch(x).to(m_input.type());
        return toHost(forward(place(input)).to(at::kFloat));
    });
}

Result<std::vector<HostTensor>> TorchNetwork::inferNodes(const HostTensor& x, const std::vector<NodeId>& nodes)
{
    if (const auto ok = m_input.check(x); !ok)
        return tl::unexpected(ok.error());
    for (const NodeId node : nodes)
        if (node < 0 || static_cast<std::size_t>(node) >= m_steps.size())
            return fail(ErrorCode::NotFound, fmt::format("{} has no node {}.", m_name, node));
    return guarded(m_name, [&]() -> Result<std::vector<HostTensor>> {
        return forwardKeeping(place(toTorch(x).to(m_input.type())), nodes);
    });
}

Result<void> TorchNetwork::setBatch(std::int64_t batch)
{
    return guarded(m_name, [&]() -> Result<void> {
        m_x = at::Tensor();
        m_x = place(m_input.random(batch));
        return {};
    });
}

Result<void> TorchNetwork::run()
{
    return guarded(m_name, [&]() -> Result<void> {
        forward(m_x);
        return {};
    });
}

Result<std::vector<double>> TorchNetwork::runTimed()
{
    return guarded(m_name, [&]() -> Result<std::vector<double>> {
        std::vector<double> seconds;
        forwardTimed(m_x, seconds);
        return seconds;
    });
}

Result<std::int64_t> TorchNetwork::peakTensorBytes()
{
    return guarded(m_name, [&]() -> Result<std::int64_t> {
        const MemoryMeter meter;
        forward(m_x);
        return meter.peakBytes();
    });
}

Result<OperationCount> TorchNetwork::countOperations()
{
    return guarded(m_name, [&]() -> Result<OperationCount> { return perSample(forwardCounted(m_x), m_x.size(0)); });
}

} // namespace lathe::engine
