#include "core/engine/torch/network.h"

#include <algorithm>
#include <chrono>
#include <set>

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

at::Tensor onGrid(const at::Tensor& x, const QuantizationParameters& grid)
{
    return at::fake_quantize_per_tensor_affine(x, grid.scale, grid.zeroPoint, grid.integers.low, grid.integers.high);
}

at::Tensor inBFloat16(const at::Tensor& x)
{
    return x.to(at::kBFloat16).to(at::kFloat);
}

/// Of uint8, from the least to the largest value.
at::Tensor onGridOfItsOwn(const at::Tensor& x)
{
    const auto [least, largest] = at::aminmax(x);
    return onGrid(x, parametersFor({least.item<float>(), largest.item<float>()}, {8, false, false}));
}

} // namespace

TorchNetwork::TorchNetwork(const Graph& graph, const StateDict& weights, Mode mode, at::Device device,
                           const Quantization* quantization)
    : m_name(graph.name()), m_input(graph), m_output(graph.output()), m_channelsLast(isChannelsLast(mode)),
      m_memory(memoryOf(mode)), m_device(device), m_values(graph.nodes().size())
{
    const auto released = releasedAfter(graph, Lifetimes::Eager);
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        Step step{
            makeKernel(node, bind(graph, node, weights), device), kernelInputs(node), released[i], {}, false, false};
        if (quantization != nullptr) {
            step.grid = quantization->values[i];
            step.isBFloat16 = quantization->layers[i].precision == Precision::BFloat16;
            step.isDynamic = quantization->layers[i].precision == Precision::Int8Dynamic;
        }
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
    if (step.isDynamic)
        m_arguments.front() = onGridOfItsOwn(m_arguments.front());
    if (step.isBFloat16)
        m_arguments.front() = inBFloat16(m_arguments.front());
    at::Tensor output = step.kernel(m_arguments);
    if (step.isBFloat16)
        output = inBFloat16(output);
    if (step.grid)
        output = onGrid(output, *step.grid);
    m_arguments.clear();
    for (const NodeId gone : step.released)
        m_values[static_cast<std::size_t>(gone)].reset();
    return output;
}

void TorchNetwork::setInput(const at::Tensor& x)
{
    m_values[kInput] = m_steps.front().grid ? onGrid(x, *m_steps.front().grid) : x;
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
    setInput(x);
    for (std::size_t i = 1; i < m_steps.size(); ++i)
        m_values[i] = runStep(i);
    synchronize();
    return takeOutput();
}

/// Runs no further than the last of the nodes.
at::Tensor TorchNetwork::forwardTimed(const at::Tensor& x, std::vector<double>& seconds)
{
    using Clock = std::chrono::steady_clock;
    const c10::InferenceMode guard;
    const KeptMemory::Use use = useMemory();
    setInput(x);
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
    setInput(x);
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

Result<void> TorchNetwork::watch(const HostTensor& x, const std::vector<NodeId>& nodes, const Seen& seen)
{
    if (const auto ok = m_input.check(x); !ok)
        return ok;
    return guarded(m_name, [&]() -> Result<void> {
        const c10::InferenceMode guard;
        const KeptMemory::Use use = useMemory();
        const std::set<NodeId> watched(nodes.begin(), nodes.end());
        const auto show = [&](NodeId node) {
            at::Tensor& value = m_values[static_cast<std::size_t>(node)];
            if (watched.contains(node)) // a copy: what follows may overwrite it
                if (const auto other = seen(node, toHost(value.to(at::kFloat, false, true))))
                    value = place(toTorch(*other)).clone(); // which may be worked on in place
        };
        setInput(place(toTorch(x).to(m_input.type())));
        show(kInput);
        for (std::size_t i = 1; i < m_steps.size(); ++i) {
            m_values[i] = runStep(i);
            show(static_cast<NodeId>(i));
        }
        takeOutput();
        return {};
    });
}

Result<OperationCount> TorchNetwork::countOperations()
{
    return guarded(m_name, [&]() -> Result<OperationCount> { return perSample(forwardCounted(m_x), m_x.size(0)); });
}

} // namespace lathe::engine
