#include "core/engine/torch/torchscript.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>
#include <caffe2/serialize/inline_container.h>
#include <fmt/format.h>
#include <torch/csrc/jit/serialization/import.h>

#include "core/engine/torch/guard.h"
#include "core/engine/torch/memory_meter.h"
#include "core/engine/torch/network.h"
#include "core/engine/torch/operation_counter.h"
#include "core/engine/torch/quiet.h"
#include "core/engine/torch/script_reader.h"
#include "core/engine/torch/script_tensors.h"
#include "core/engine/torch/script_text.h"
#include "core/engine/torch/tensors.h"

namespace lathe::engine {

namespace {

using torch::jit::Module;

/// A prime, so that no extent of the network's is taken for it.
constexpr std::int64_t kSampleBatch = 3;
constexpr std::int64_t kProofBatch = 2;
constexpr double kTolerance = 1e-3; ///< of the output's standard deviation

constexpr std::uint64_t kMostText = std::uint64_t{64} << 20; ///< bytes of programs, unpacked

/// The reader finds records whatever their case.
bool isProgramText(std::string name)
{
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name.starts_with("code/") && name.ends_with(".py");
}

/// What the records claim to be once they are unpacked: weights are stored as they are, so that no more than the file
/// and its text can come out.
bool claimsTooMuch(caffe2::serialize::PyTorchStreamReader& reader, const std::string& path)
{
    std::uint64_t claimed = 0;
    for (const std::string& record : reader.getAllRecords())
        claimed += reader.getRecordSize(record);
    return claimed > kMostText + std::filesystem::file_size(path);
}

/// A program cannot do anything but LibTorch's operations, and of those a few read or write files. Loading may already
/// run code of the file, so its text is looked through before.
Result<void> checkText(const std::string& path)
{
    caffe2::serialize::PyTorchStreamReader reader(path);
    if (claimsTooMuch(reader, path))
        return fail(ErrorCode::BadFile,
                    fmt::format("{} unpacks to far more than its own size; it is damaged, or made to "
                                "fill the memory.",
                                path));
    for (const std::string& record : reader.getAllRecords()) {
        if (!isProgramText(record))
            continue;
        const auto [bytes, size] = reader.getRecord(record);
        if (const auto word = reachingWordIn({static_cast<const char*>(bytes.get()), size}); !word.empty())
            return fail(
                ErrorCode::Unsupported,
                fmt::format("{} has the word \"{}\" in its program, by which it could touch files; Lathe runs no "
                            "such program.",
                            path, word));
    }
    return {};
}

std::string firstLine(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

Result<Module> load(const std::string& path)
{
    try {
        if (const auto harmless = checkText(path); !harmless)
            return tl::unexpected(harmless.error());
        Module module = torch::jit::load(path, at::kCPU);
        module.eval();
        return module;
    } catch (const std::exception& error) {
        return fail(ErrorCode::BadFile, fmt::format("{} could not be loaded as TorchScript ({}); save it again with "
                                                    "torch.jit.save, from torch.jit.trace if it uses operations of a "
                                                    "library of its own.",
                                                    path, reasonIn(error)));
    }
}

at::Tensor randomSample(std::int64_t batch, const Shape& input)
{
    std::vector<std::int64_t> shape{batch};
    shape.insert(shape.end(), input.begin(), input.end());
    return at::randn(shape, at::detail::createCPUGenerator(static_cast<std::uint64_t>(batch)),
                     at::TensorOptions().dtype(at::kFloat));
}

/// Programs may overwrite their input.
at::Tensor runProgram(const Module& module, const at::Tensor& x)
{
    Module program = module;
    return firstTensor(program.forward({x.clone()}));
}

Result<at::Tensor> firstRun(const Module& module, const std::string& path, const Shape& input)
{
    try {
        const at::Tensor y = runProgram(module, randomSample(1, input));
        if (!y.defined() || y.dim() < 2 || y.size(0) != 1 || !y.is_floating_point())
            return fail(ErrorCode::Unsupported,
                        fmt::format("{} gives no tensor of numbers for each sample of a batch.", path));
        return y;
    } catch (const std::exception& error) {
        return fail(ErrorCode::Unsupported, fmt::format("{} does not run on an input of {} ({}); say what size it "
                                                        "takes (--input, or the window's Input field).",
                                                        path, toString(input), reasonIn(error)));
    }
}

/// Runs both on another batch than the program was followed with. Throws Inexpressible where they differ.
void prove(const Graph& graph, const StateDict& weights, const Module& module)
{
    const at::Tensor x = randomSample(kProofBatch, graph.inputShape());
    const at::Tensor expected = runProgram(module, x);
    TorchNetwork network(graph, weights, Mode::Eager, at::kCPU, nullptr);
    const Result<HostTensor> y = network.infer(toHost(x));
    if (!y)
        throw Inexpressible(y.error().message);
    const at::Tensor got = toTorch(*y);
    if (got.sizes() != expected.sizes())
        throw Inexpressible("its Graph gave an output of another shape than the program");
    const double deviation = std::max(expected.std().item<double>(), 1e-12);
    const double difference = (got - expected).abs().max().item<double>() / deviation;
    if (!(difference <= kTolerance))
        throw Inexpressible(fmt::format(
            "its Graph gave other values than the program ({:.2g} of their standard deviation apart)", difference));
}

/// The Graph of the program, and its weights.
void express(const Module& module, const Shape& input, ScriptModel& model, const std::string& name)
{
    const ReadScript read = readScript(module, randomSample(kSampleBatch, input));
    Result<Graph> graph = read.plan.build(name, read.output);
    if (!graph)
        throw Inexpressible(firstLine(graph.error().message));
    model.graph = *std::move(graph);
    model.weights = read.plan.weights(model.graph);
    prove(model.graph, model.weights, module);
}

OperationCount countProgram(const Module& module, const Shape& input)
{
    const at::Tensor x = randomSample(1, input);
    const OperationCounter counter;
    runProgram(module, x);
    return counter.count();
}

std::int64_t elementsHeld(const Module& module, const Shape& input)
{
    const at::Tensor x = randomSample(1, input);
    const MemoryMeter meter;
    runProgram(module, x);
    return meter.peakBytes() / static_cast<std::int64_t>(sizeof(float));
}

/// The whole program as one node, with the tensors it owns.
Result<void> seal(const Module& module, const Shape& input, const at::Tensor& output, ScriptModel& model,
                  const std::string& name)
{
    GraphBuilder builder(name, input);
    std::vector<ParameterId> parameters;
    model.weights.clear();
    const std::vector<ScriptTensor> named = stateDictOf(module);
    for (const ScriptTensor& entry : named.empty() ? constantsOf(module) : named) {
        const HostTensor value = toHost(entry.tensor);
        parameters.push_back(builder.parameter(entry.name, value.shape, {}, entry.trainable, value.dtype));
        model.weights.push_back({entry.name, value});
    }
    op::Sealed sealed;
    sealed.program = std::make_shared<Module>(module);
    sealed.output = Shape(output.sizes().begin() + 1, output.sizes().end());
    sealed.macs = model.count.macs;
    sealed.scratch = elementsHeld(module, input);
    const NodeId node = builder.add("program", std::move(sealed), {builder.input()}, std::move(parameters));
    return builder.finish(node).map([&](Graph graph) { model.graph = std::move(graph); });
}

Result<ScriptModel> convert(const Module& module, const std::string& path, const Shape& input)
{
    const c10::InferenceMode guard;
    const Result<at::Tensor> output = firstRun(module, path, input);
    if (!output)
        return tl::unexpected(output.error());
    const std::string name = std::filesystem::path(path).filename().string();
    ScriptModel model;
    model.count = countProgram(module, input);
    try {
        express(module, input, model, name);
    } catch (const Inexpressible& reason) {
        model.sealed = reason.what();
    } catch (const std::exception& error) {
        model.sealed = fmt::format("its program could not be followed with a batch ({})", reasonIn(error));
    }
    if (!model.sealed.empty())
        if (const auto done = seal(module, input, *output, model, name); !done)
            return tl::unexpected(done.error());
    return model;
}

} // namespace

Result<ScriptModel> readTorchScript(const std::string& path, const Shape& input)
{
    const Quiet quiet;
    return guarded(path, [&]() -> Result<ScriptModel> {
        return load(path).and_then([&](const Module& module) { return convert(module, path, input); });
    });
}

Kernel sealedKernel(const op::Sealed& sealed)
{
    const auto program = std::static_pointer_cast<const Module>(sealed.program);
    return [program](const Tensors& in) {
        Module running = *program; // shares the program; its forward is not const
        return firstTensor(running.forward({in[0]}));
    };
}

} // namespace lathe::engine
