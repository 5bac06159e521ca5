#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/formats/safetensors.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string weights;
    std::string tensor;
    std::string out;
    std::string mode = kUsualMode;
    std::string device = "cpu";
    int threads = 0;
    bool json = false;
};

/// The tensor "x" with a batch in front: a single sample becomes a batch of one.
Result<HostTensor> readInput(const std::string& path)
{
    const auto file = readSafetensors(path);
    if (!file)
        return tl::unexpected(file.error());
    const auto found =
        std::find_if(file->tensors.begin(), file->tensors.end(), [](const NamedTensor& t) { return t.name == "x"; });
    if (found == file->tensors.end())
        return fail(ErrorCode::BadFile, fmt::format("{} has no tensor named \"x\" to put in.", path));
    HostTensor x = found->tensor;
    const std::size_t rank = x.dtype == DType::Int64 && x.shape.size() <= 2 ? 2 : 4; // ids of tokens, or images
    if (x.shape.size() + 1 == rank)
        x.shape.insert(x.shape.begin(), 1);
    if (x.shape.size() != rank)
        return fail(ErrorCode::BadFile,
                    fmt::format("Tensor \"x\" of {} should be N x C x H x W, or N x tokens as int64, "
                                "and is {}.",
                                path, toString(x.shape)));
    return x;
}

Result<LoadedModel> load(const Options& options, const Shape& input)
{
    Result<LoadedModel> model =
        options.weights.empty() ? loadModel(options.model, input) : loadModel(options.model, input, options.weights);
    if (model && model->weights.empty() && !model->graph.isSealed()) // a sealed program may have none
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is an architecture without weights; name a file with --weights.", options.model));
    if (model)
        for (const std::string& note : model->notes)
            fmt::print(stderr, "{}\n", forTerminal(note));
    return model;
}

Result<HostTensor> run(const Options& options, const HostTensor& x)
{
    const Result<LoadedModel> model = load(options, Shape(x.shape.begin() + 1, x.shape.end()));
    if (!model)
        return tl::unexpected(model.error());
    const Result<Mode> mode = modeFor(options.mode, *model);
    if (!mode)
        return tl::unexpected(mode.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    for (const std::string& caveat : caveatsOf(*mode, *model, currentInstructionSets()))
        fmt::print(stderr, "{}\n", caveat);
    (*backend)->setThreads(options.threads > 0 ? options.threads : usableCores());
    const auto network = (*backend)->prepare(model->graph, model->weights, *mode, options.device,
                                             model->quantization ? &*model->quantization : nullptr);
    if (!network)
        return tl::unexpected(network.error());
    return (*network)->infer(x);
}

Result<void> infer(const Options& options)
{
    const Result<HostTensor> x = readInput(options.tensor);
    if (!x)
        return tl::unexpected(x.error());
    const Result<HostTensor> y = run(options, *x);
    if (!y)
        return tl::unexpected(y.error());
    if (const auto written = writeSafetensors(options.out, {{"y", *y}}); !written)
        return written;
    if (options.json)
        fmt::print("{}\n", nlohmann::ordered_json{{"out", options.out}, {"shape", y->shape}}.dump(2));
    else
        fmt::print("{}: y {}\n", options.out, toString(y->shape));
    return {};
}

} // namespace

void addInfer(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("infer", "Run a model on a tensor from a file");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command->add_option("--weights", options->weights,
                        "A file with the architecture's weights: safetensors, or torch.save's");
    command
        ->add_option(
            "--tensor", options->tensor,
            "A safetensors file with a tensor named x: images, N x C x H x W, or ids of tokens as int64, N x tokens")
        ->required();
    command->add_option("--out", options->out, "The safetensors file to write; its tensor is named y")->required();
    command->add_option(
        "--mode", options->mode,
        "eager, channels_last, fused or bf16; a quantized file's own: int8, ... (the latter by default)");
    command->add_option("--device", options->device, "cpu, or cuda where this LibTorch has it");
    command->add_option("--threads", options->threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return infer(*options); }; });
}

} // namespace lathe::cli
