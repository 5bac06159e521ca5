#pragma once

#include <functional>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/benchmark/measure.h"
#include "core/engine/backend.h"
#include "core/graph/cost.h"

/// Stands for LibTorch and for the machine in tests: networks take the time a test says, on a clock of its own.
namespace lathe::test {

/// A clock that moves only when told to, and what the system is said to do meanwhile.
struct FakeMachine {
    double now = 0.0;
    Probe::Usage usage;
    std::function<void(double seconds)> meanwhile; ///< called as time passes; may change `usage`

    void pass(double seconds)
    {
        now += seconds;
        usage.cpuSeconds += seconds;
        if (meanwhile)
            meanwhile(seconds);
    }

    Probe probe()
    {
        return {[this] { return now; }, [this] { return usage; }};
    }
};

/// What a test sets, and what it can look at afterwards.
struct FakeBehaviour {
    std::shared_ptr<FakeMachine> machine = std::make_shared<FakeMachine>();
    std::function<double(int inference)> seconds = [](int) { return 0.01; }; ///< of an inference, counted from 0
    std::function<void(int inference)> before;                               ///< may throw or stop something
    double timingOverhead = 0.0; ///< share by which a timed inference's nodes add up to more than a whole one
    std::int64_t peakBytes = 4096;
    std::optional<OperationCount> operations; ///< none: the graph's own counts
    int failsAt = -1;                         ///< inference that returns an error
    bool failsToPrepare = false;
    std::function<double(MatrixType, int n)> matrixRate; ///< none: matrix products fail

    int inferences = 0;
    int prepared = 0;
    int alive = 0;
    std::vector<int> threads; ///< of each setThreads
    std::vector<std::int64_t> batches;
    std::vector<std::string> modes;
    std::vector<std::pair<MatrixType, int>> matrices; ///< of each matrixThroughput
};

class FakeNetwork : public Network {
public:
    FakeNetwork(FakeBehaviour& behaviour, const Graph& graph)
        : m_behaviour(behaviour), m_nodes(graph.nodes().size()), m_outputShape(graph.outputShape())
    {
        ++m_behaviour.alive;
        for (const Node& node : graph.nodes())
            m_shapes.push_back(node.output.shape);
        for (const NodeCost& node : cost(graph).nodes)
            m_nodeMacs.push_back(node.macs);
        m_macs = std::accumulate(m_nodeMacs.begin(), m_nodeMacs.end(), std::int64_t{0});
    }
    ~FakeNetwork() override { --m_behaviour.alive; }
    FakeNetwork(const FakeNetwork&) = delete;
    FakeNetwork& operator=(const FakeNetwork&) = delete;

    Result<HostTensor> infer(const HostTensor& x) override
    {
        Shape shape{x.shape.front()};
        shape.insert(shape.end(), m_outputShape.begin(), m_outputShape.end());
        WritableTensor output = makeTensor(DType::Float32, shape);
        std::fill(output.bytes, output.bytes + output.tensor.byteCount(), std::byte{0});
        return run().map([&] { return output.tensor; });
    }

    Result<void> setBatch(std::int64_t batch) override
    {
        m_behaviour.batches.push_back(batch);
        return {};
    }

    Result<void> run() override
    {
        return pass().map([](double) {});
    }

    Result<OperationCount> countOperations() override
    {
        return pass().map([this](double) {
            return m_behaviour.operations.value_or(OperationCount{m_macs, m_nodeMacs, {}, {}});
        });
    }

    /// Ones.
    Result<void> watch(const HostTensor& x, const std::vector<NodeId>& nodes, const Seen& seen) override
    {
        for (const NodeId node : nodes) {
            Shape shape = m_shapes.at(static_cast<std::size_t>(node));
            shape.insert(shape.begin(), x.shape.front());
            WritableTensor output = makeTensor(DType::Float32, shape);
            std::fill_n(reinterpret_cast<float*>(output.bytes), elementCount(shape), 1.0F);
            seen(node, output.tensor);
        }
        return run();
    }

    /// Every node but the input takes an equal share.
    Result<std::vector<double>> runTimed() override
    {
        return pass().map([this](double seconds) {
            const double share = seconds * (1.0 + m_behaviour.timingOverhead) / static_cast<double>(m_nodes - 1);
            std::vector<double> times(m_nodes, share);
            times.front() = 0.0;
            return times;
        });
    }

    Result<std::int64_t> peakTensorBytes() override
    {
        return pass().map([this](double) { return m_behaviour.peakBytes; });
    }

private:
    Result<double> pass()
    {
        const int index = m_behaviour.inferences++;
        if (m_behaviour.before)
            m_behaviour.before(index);
        if (index == m_behaviour.failsAt)
            return fail(ErrorCode::EngineFailure, "The fake network failed as it was told to.");
        const double seconds = m_behaviour.seconds(index);
        m_behaviour.machine->pass(seconds);
        return seconds;
    }

    FakeBehaviour& m_behaviour;
    std::size_t m_nodes = 0;
    Shape m_outputShape;
    std::vector<Shape> m_shapes; ///< of what each node gives out
    std::int64_t m_macs = 0;
    std::vector<std::int64_t> m_nodeMacs;
};

class FakeBackend : public Backend {
public:
    FakeBehaviour behaviour;

    BackendInfo info() const override { return {"FakeTorch 1.0", "AVX2", "fake kernels", {"cpu"}}; }

    void setThreads(int threads) override { behaviour.threads.push_back(threads); }

    /// Zeros.
    Result<StateDict> initialise(const Graph& graph, std::uint64_t) override
    {
        StateDict weights;
        for (const Parameter& parameter : graph.parameters()) {
            WritableTensor tensor = makeTensor(parameter.dtype, parameter.shape);
            std::fill(tensor.bytes, tensor.bytes + tensor.tensor.byteCount(), std::byte{0});
            weights.push_back({parameter.name, tensor.tensor});
        }
        return weights;
    }

    Result<std::unique_ptr<Network>> prepare(const Graph& graph, const StateDict&, Mode mode,
                                             const std::string& = "cpu", const Quantization* = nullptr) override
    {
        if (behaviour.failsToPrepare)
            throw std::bad_alloc();
        ++behaviour.prepared;
        behaviour.modes.emplace_back(name(mode));
        return std::make_unique<FakeNetwork>(behaviour, graph);
    }

    Result<std::unique_ptr<Trainee>> prepareTraining(const Graph&, const StateDict&, const TraineeOptions&,
                                                     const Quantization* = nullptr) override
    {
        return fail(ErrorCode::Unsupported, "The fake engine trains no networks.");
    }

    Result<std::vector<ArchiveRecord>> archiveRecords(std::string_view) override
    {
        return fail(ErrorCode::Unsupported, "It is not read by the fake backend.");
    }

    Result<void> writeArchive(const std::vector<ArchiveEntry>&, const std::function<bool(std::string_view)>&) override
    {
        return fail(ErrorCode::Unsupported, "The fake engine writes no archives.");
    }

    Result<ScriptModel> readTorchScript(const std::string&, const Shape&) override
    {
        return fail(ErrorCode::Unsupported, "The fake engine reads no TorchScript.");
    }

    Result<double> matrixThroughput(MatrixType type, int n, double) override
    {
        behaviour.matrices.emplace_back(type, n);
        if (behaviour.matrixRate)
            return behaviour.matrixRate(type, n);
        return fail(ErrorCode::EngineFailure, "The fake engine multiplies no matrices.");
    }
};

/// Input 3 x 8 x 8, a 3x3 convolution to 4 channels, ReLU, global pooling, a linear layer to 10 classes.
inline Graph smallGraph()
{
    GraphBuilder builder("small", {3, 8, 8});
    const NodeId convolution = builder.conv2d("conv", builder.input(),
                                              {.inChannels = 3, .outChannels = 4, .kernel = {3, 3}, .padding = {1, 1}});
    const NodeId relu = builder.activation("relu", convolution, op::Activation::Kind::ReLU);
    const NodeId pooled = builder.add("pool", op::AdaptiveAvgPool2d{}, {relu});
    const NodeId flat = builder.add("flatten", op::Flatten{}, {pooled});
    return *builder.finish(builder.linear("fc", flat, 10));
}

inline LoadedModel smallModel()
{
    LoadedModel model;
    model.name = "small";
    model.family = "Test";
    model.type = "cnn";
    model.graph = smallGraph();
    model.top1 = 0.5;
    model.fileBytes = 1234;
    return model;
}

} // namespace lathe::test
