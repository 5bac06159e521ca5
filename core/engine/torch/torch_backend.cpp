#include <algorithm>
#include <regex>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include "core/engine/backend.h"
#include "core/engine/hint.h"
#include "core/engine/torch/archive.h"
#include "core/engine/torch/fused/fused_network.h"
#include "core/engine/torch/guard.h"
#include "core/engine/torch/initialise.h"
#include "core/engine/torch/kept_memory.h"
#include "core/engine/torch/matrix_throughput.h"
#include "core/engine/torch/network.h"
#include "core/engine/torch/torchscript.h"
#include "core/engine/torch/trainee.h"
#include "core/engine/weights.h"

namespace lathe::engine {

namespace {

/// "oneDNN 3.12.0" out of "Intel(R) MKL-DNN v3.12.0 (Git Hash ...)".
std::string versionIn(const std::string& text, const std::string& library)
{
    static const std::regex pattern(R"((\d+(\.\d+)+))");
    std::smatch match;
    return std::regex_search(text, match, pattern) ? library + " " + match[1].str() : std::string();
}

std::string kernelLibraries()
{
    std::string all = versionIn(at::get_mkldnn_version(), "oneDNN");
    const std::string mkl = versionIn(at::get_mkl_version(), "MKL");
    if (!mkl.empty())
        all += (all.empty() ? "" : ", ") + mkl;
    return all;
}

/// A program is run as it was saved: eager, on the CPU.
Result<void> checkSealed(const Graph& graph, Mode mode, const std::string& device)
{
    if (!graph.isSealed() || ((mode == Mode::Eager || mode == Mode::EagerKept) && device == "cpu"))
        return {};
    return fail(
        ErrorCode::Unsupported,
        fmt::format("{} is a sealed TorchScript program and runs in eager mode on the CPU alone.", graph.name()));
}

Result<void> checkTrainable(const Graph& graph)
{
    if (graph.isSealed())
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is a sealed TorchScript program, whose parameters cannot be trained; take an "
                                "architecture or a file of weights.",
                                graph.name()));
    if (graph.outputShape().size() != 1)
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} gives features of {} and no classes; take a network with a classifier to train.",
                                graph.name(), toString(graph.outputShape())));
    return {};
}

Result<void> checkRoundings(const Quantization& quantization)
{
    for (const LayerQuantization& layer : quantization.layers)
        if (layer.weight && layer.weight->granularity.kind == Granularity::Kind::PerGroup)
            return fail(ErrorCode::Unsupported, "Weights that are rounded in groups cannot be fine-tuned; take one "
                                                "scale a channel.");
    return {};
}

Result<void> checkMasks(const Graph& graph, const StateDict& masks)
{
    for (const NamedTensor& mask : masks) {
        const auto masked = std::find_if(graph.parameters().begin(), graph.parameters().end(),
                                         [&](const Parameter& parameter) { return parameter.name == mask.name; });
        if (masked == graph.parameters().end() || !masked->trainable || masked->shape != mask.tensor.shape ||
            mask.tensor.dtype != DType::UInt8)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} has no parameter that the mask of {} ({}, {}) is for.", graph.name(), mask.name,
                                    toString(mask.tensor.shape), name(mask.tensor.dtype)));
    }
    return {};
}

class TorchBackend : public Backend {
public:
    TorchBackend() { installKeptMemory(); }

    BackendInfo info() const override
    {
        BackendInfo info{"LibTorch " TORCH_VERSION, at::get_cpu_capability(), kernelLibraries(), {"cpu"}};
        if (at::globalContext().hasCUDA())
            info.devices.emplace_back("cuda");
        return info;
    }

    void setThreads(int threads) override { at::set_num_threads(threads); }

    Result<StateDict> initialise(const Graph& graph, std::uint64_t seed) override
    {
        return guarded(graph.name(), [&]() -> Result<StateDict> { return engine::initialise(graph, seed); });
    }

    Result<std::unique_ptr<Network>> prepare(const Graph& graph, const StateDict& weights, Mode mode,
                                             const std::string& device, const Quantization* quantization) override
    {
        const std::vector<std::string> devices = info().devices;
        if (std::find(devices.begin(), devices.end(), device) == devices.end())
            return fail(ErrorCode::Unsupported, fmt::format("There is no device \"{}\" here; this LibTorch offers {}.",
                                                            device, devices.size() > 1 ? "cpu and cuda" : "cpu"));
        if (const auto possible = checkSealed(graph, mode, device); !possible)
            return tl::unexpected(possible.error());
        if (mode != Mode::Eager && mode != Mode::ChannelsLast && device != "cpu")
            return fail(ErrorCode::Unsupported,
                        fmt::format("The mode \"{}\" runs on the CPU alone; take eager on this device.", name(mode)));
        if (needsQuantization(mode) && quantization == nullptr)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("The mode \"{}\" is for quantized networks, and {} is none: quantize it first.",
                                    name(mode), graph.name()));
        Result<StateDict> matched = matchWeights(graph, weights);
        if (!matched)
            return tl::unexpected(matched.error());
        const Quantization* used = needsQuantization(mode) ? quantization : nullptr;
        return guarded(graph.name(), [&]() -> Result<std::unique_ptr<Network>> {
            if (runsLowered(mode))
                return std::make_unique<FusedNetwork>(graph, *matched, mode, used);
            return std::make_unique<TorchNetwork>(graph, *matched, mode, at::Device(device), used);
        });
    }

    Result<std::unique_ptr<Trainee>> prepareTraining(const Graph& graph, const StateDict& weights,
                                                     const TraineeOptions& options,
                                                     const Quantization* quantization) override
    {
        if (const auto possible = checkTrainable(graph); !possible)
            return tl::unexpected(possible.error());
        if (const auto possible = checkMasks(graph, options.masks); !possible)
            return tl::unexpected(possible.error());
        if (options.distillation && options.distillation->hint)
            if (const auto node = hintNode(graph, *options.distillation->hint); !node)
                return tl::unexpected(node.error());
        if (quantization != nullptr)
            if (const auto possible = checkRoundings(*quantization); !possible)
                return tl::unexpected(possible.error());
        Result<StateDict> matched = matchWeights(graph, weights);
        if (!matched)
            return tl::unexpected(matched.error());
        return guarded(graph.name(), [&]() -> Result<std::unique_ptr<Trainee>> {
            return std::make_unique<TorchTrainee>(graph, *matched, options, quantization);
        });
    }

    Result<std::vector<ArchiveRecord>> archiveRecords(std::string_view archive) override
    {
        try {
            return engine::archiveRecords(archive);
        } catch (const std::bad_alloc&) {
            return fail(ErrorCode::OutOfMemory, "It does not fit into memory: close other programs.");
        } catch (const std::exception&) {
            return fail(ErrorCode::BadFile, "It is a damaged zip archive, or not one of PyTorch's: copy or download "
                                            "it again.");
        }
    }

    Result<void> writeArchive(const std::vector<ArchiveEntry>& entries,
                              const std::function<bool(std::string_view)>& write) override
    {
        return guarded("The archive", [&] { return engine::writeArchive(entries, write); });
    }

    Result<ScriptModel> readTorchScript(const std::string& path, const Shape& input) override
    {
        return engine::readTorchScript(path, input);
    }

    Result<double> matrixThroughput(MatrixType type, int n, double seconds) override
    {
        return engine::matrixThroughput(type, n, seconds);
    }
};

} // namespace

} // namespace lathe::engine

/// What core/engine/backend.cpp looks up after loading this library.
extern "C" lathe::Backend* latheBackend()
{
    static lathe::engine::TorchBackend backend;
    return &backend;
}
