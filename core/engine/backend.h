#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/engine/trainee.h"
#include "core/graph/graph.h"
#include "core/quantization/quantization.h"

/// What runs a Graph. LibTorch stands behind it, but no public header says so: it is loaded when first needed
/// (that takes a third of a second), and tests of the measuring protocol put something simpler in its place.
namespace lathe {

/// How a network is run. `name`: "eager", "channels_last", "fused", "bf16", "int8", "int8_dynamic", "int8_weight_only",
/// "simulated", "sparse", "csr", "bsr", "eager_kept", "channels_last_kept".
enum class Mode {
    Eager,           ///< the operations PyTorch's eager mode would run, one by one
    ChannelsLast,    ///< the same with images and convolution weights in NHWC memory order
    Fused,           ///< as deployed: lowered (core/lowering), in the kernels that are fastest here, on planned memory
    BFloat16,        ///< the same with values and weights in bfloat16, sums in float32
    Int8,            ///< as Fused with the layers of a quantized network in int8 (see core/quantization)
    Int8Dynamic,     ///< the same: a network quantized by the scheme "dynamic"
    Int8WeightOnly,  ///< the same: by the scheme "weight-only"
    Simulated,       ///< as Eager, values rounded as those modes round them: the reference that they are held against
    Sparse,          ///< as Fused; a layer whose weights are mostly zeros skips them, where that was faster here
    Csr,             ///< as Fused with the weights of dense layers in compressed sparse rows, faster or not
    Bsr,             ///< the same in compressed rows of blocks, of which those with zeros alone are skipped
    EagerKept,       ///< as Eager, but what tensors give back is kept for the tensors to come, not given to the system
    ChannelsLastKept ///< as ChannelsLast, likewise
};
std::string_view name(Mode mode);
Result<Mode> modeFromName(std::string_view name);
const std::vector<Mode>& allModes();

/// Whether a mode runs the lowered network (core/lowering): "fused", "bf16" and those in int8.
bool runsLowered(Mode mode);

/// Whether a mode multiplies sparse weights: "sparse", "csr" and "bsr".
bool multipliesSparse(Mode mode);

/// Edge of the square blocks of "bsr".
inline constexpr std::int64_t kSparseBlock = 8;

/// Whether a mode is for quantized networks alone: those in int8, and "simulated".
bool needsQuantization(Mode mode);

/// A mode with memory kept: "eager" -> "eager_kept". None for those that keep it anyway and for these themselves.
std::optional<Mode> keptTwin(Mode mode);

/// Each mode followed by its twin, if it has one: {"eager", "fused"} -> {"eager", "eager_kept", "fused"}.
std::vector<std::string> withKeptTwins(const std::vector<std::string>& modes);
/// The same without any twin; a twin alone gives its mode.
std::vector<std::string> withoutKeptTwins(const std::vector<std::string>& modes);

struct BackendInfo {
    std::string library;              ///< "LibTorch 2.13.0"
    std::string capability;           ///< the instruction set its kernels chose: "AVX2", "AVX512"
    std::string kernels;              ///< "oneDNN 3.12, MKL 2024.2"
    std::vector<std::string> devices; ///< "cpu", and "cuda" where this LibTorch has it
};

/// One of LibTorch's operations, by name, in an inference that was watched.
struct OperationCall {
    std::string name;       ///< "aten::convolution"
    std::int64_t calls = 0; ///< in one inference
    std::int64_t macs = 0;  ///< of all calls, for one sample
};

/// What an inference did, counted from the operations that ran and the shapes of their tensors, not from the Graph.
struct OperationCount {
    std::int64_t macs = 0;                 ///< for one sample
    std::vector<std::int64_t> nodes;       ///< the same a node, in the graph's order
    std::vector<OperationCall> operations; ///< those with a formula, or known to have no MACs
    std::vector<OperationCall> unknown;    ///< those that could not be counted
};

/// A value that a step reads or writes, as it lies in memory.
struct StepValue {
    Shape shape; ///< with the batch
    DType dtype = DType::Float32;

    std::int64_t bytes() const;
};

/// One step of a run of the lowered network: an operation of it, a copy, or a conversion.
struct TimedStep {
    NodeId node = 0;    ///< that it belongs to
    std::string kernel; ///< "oneDNN brgconv:avx512_core", "quantize", "dequantize"
    std::vector<StepValue> reads;
    StepValue writes;
    double seconds = 0.0;
};

/// Gets a node's value; may return another of the same shape for the rest of the network to go on with.
using Seen = std::function<std::optional<HostTensor>(NodeId, const HostTensor&)>;

/// A network made ready for one mode. Not thread-safe; use it on one thread.
class Network {
public:
    virtual ~Network() = default;

    /// One inference on `x` (N x the graph's input shape, float32, or int64 where the graph takes ids of tokens);
    /// float32, row-major out.
    virtual Result<HostTensor> infer(const HostTensor& x) = 0;

    /// Makes and keeps a random input of that batch for the calls below.
    virtual Result<void> setBatch(std::int64_t batch) = 0;

    /// One inference on the kept input, finished when it returns. Its output is dropped.
    virtual Result<void> run() = 0;

    /// The same with a clock read between nodes: seconds a node, in the graph's order.
    virtual Result<std::vector<double>> runTimed() = 0;

    /// The same with what each step does. Unsupported in modes that do not run the lowered network: their steps are the
    /// graph's nodes.
    virtual Result<std::vector<TimedStep>> runSteps();

    /// The same while counting: the most bytes that tensors made by one inference held at once (weights and
    /// input not counted).
    virtual Result<std::int64_t> peakTensorBytes() = 0;

    /// The same while counting what every operation of the library computes.
    virtual Result<OperationCount> countOperations() = 0;

    /// One inference on `x` (as `infer` takes it); `seen` gets the values of these nodes as they come, float32,
    /// row-major. In modes that run the lowered network a node within an operation has none, and is passed over.
    virtual Result<void> watch(const HostTensor& x, const std::vector<NodeId>& nodes, const Seen& seen) = 0;
};

/// What these nodes give out for `x` (float32, row-major, in the order asked for), each as it was before any later node
/// overwrote it. NotFound for a node that there is not, or that is within an operation of the lowered network.
Result<std::vector<HostTensor>> inferNodes(Network& network, const HostTensor& x, const std::vector<NodeId>& nodes);

/// A file inside a zip archive: where its bytes lie in the archive, as they are.
struct ArchiveRecord {
    std::string name; ///< below the archive's one folder: "data.pkl", "data/0"
    std::uint64_t offset = 0;
    std::uint64_t size = 0; ///< unpacked, where it is compressed
    bool isCompressed = false;
};

/// A file to be put into an archive.
struct ArchiveEntry {
    std::string name; ///< below the archive's one folder
    std::string_view bytes;
};

/// A TorchScript file, read. Its Graph gave the file's own output for a random batch; where that cannot be had, it is
/// one op::Sealed.
struct ScriptModel {
    Graph graph;          ///< named after the file
    StateDict weights;    ///< of the graph, in its order
    OperationCount count; ///< of one inference of the file's own program
    std::string sealed;   ///< why it has no layers: "aten::softmax is not an operation of Lathe's graphs"; else empty
};

/// What a matrix product's factors are made of.
enum class MatrixType { Float32, BFloat16, Int8 };

class Backend {
public:
    virtual ~Backend() = default;

    virtual BackendInfo info() const = 0;

    /// Threads one operation uses, for networks run on the calling thread.
    virtual void setThreads(int threads) = 0;

    /// First values of every parameter and buffer as the architecture's paper or torchvision has them;
    /// the same seed gives the same values.
    virtual Result<StateDict> initialise(const Graph& graph, std::uint64_t seed) = 0;

    /// `weights` holds every parameter of the graph with its shape (see `matchWeights`). `quantization`: of the graph;
    /// modes that are not for quantized networks pass over it, those that are fail without.
    virtual Result<std::unique_ptr<Network>> prepare(const Graph& graph, const StateDict& weights, Mode mode,
                                                     const std::string& device = "cpu",
                                                     const Quantization* quantization = nullptr) = 0;

    /// The same for training, on the CPU; `weights` are copied. The graph sorts its input into classes. With a
    /// quantization, of the graph, a step sees weights and values as that rounds them, and gradients pass through the
    /// rounding as if it were not there (Bengio et al., "Estimating or Propagating Gradients Through Stochastic
    /// Neurons", 2013); the parameters themselves stay float32. Weights in groups are refused.
    virtual Result<std::unique_ptr<Trainee>> prepareTraining(const Graph& graph, const StateDict& weights,
                                                             const TraineeOptions& options,
                                                             const Quantization* quantization = nullptr) = 0;

    /// The records of a zip archive of PyTorch's, whose bytes these are; those not compressed lie within them. The
    /// error is a sentence beginning with "It".
    virtual Result<std::vector<ArchiveRecord>> archiveRecords(std::string_view archive) = 0;

    /// A zip archive as torch.save writes it, uncompressed, with the records in this order: its bytes go to `write`
    /// piece by piece. The error is a sentence.
    virtual Result<void> writeArchive(const std::vector<ArchiveEntry>& entries,
                                      const std::function<bool(std::string_view)>& write) = 0;

    /// `input` is C x H x W: the file does not say what it takes. Fails with one sentence where the file is no
    /// TorchScript, asks for operations that read or write files, or does not run on that input.
    virtual Result<ScriptModel> readTorchScript(const std::string& path, const Shape& input) = 0;

    /// The most operations a second (2 a multiply-accumulate) that matrix products of edges around `n` reach at the
    /// threads set: the best of several shapes, which share the `seconds`; one product is always finished. Runs
    /// whatever the CPU has no instructions for, too, only slowly.
    virtual Result<double> matrixThroughput(MatrixType type, int n, double seconds) = 0;
};

/// Loads LibTorch on the first call and returns the one backend; thread-safe. The error says what to install.
Result<Backend*> loadBackend();

} // namespace lathe
