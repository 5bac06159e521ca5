#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/analysis/significant.h"
#include "core/base/files.h"
#include "core/base/words.h"
#include "core/benchmark/environment.h"
#include "core/pruning/sparse_gains.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string layer;
    std::string input;
    std::vector<double> sparsities = BreakEvenOptions{}.sparsities;
    int threads = 0; ///< 0: all cores
    std::int64_t batch = 1;
    double maxSeconds = BreakEvenOptions{}.maxSeconds;
    std::string csv;
    bool json = false;

    int usedThreads() const { return threads > 0 ? threads : usableCores(); }
};

std::string percent(double share)
{
    return formatSignificant(100.0 * share, 3) + " %";
}

void report(const Progress& progress)
{
    printStatus(fmt::format("[{:.0f} %] {}", 100.0 * progress.fraction, progress.what));
}

std::vector<std::string> row(std::string_view format, const std::string& sparsity, std::int64_t bytes,
                             const LayerTiming& timing)
{
    return {std::string(format), sparsity, formatBytes(static_cast<double>(bytes)),
            formatWithInterval(timing.median, timing.low, timing.high)};
}

void print(const BreakEven& scan)
{
    fmt::print("{} of {}: batch {} · {} {}, {} rounds\n\n", scan.layer.name, scan.model, scan.options.batch,
               scan.options.threads, scan.options.threads == 1 ? "thread" : "threads", scan.rounds);
    std::vector<std::vector<std::string>> rows{row("dense", "any", scan.denseBytes, scan.dense)};
    for (const FormatScan& format : scan.formats)
        for (const SparsePoint& point : format.points)
            rows.push_back(row(name(format.format), percent(point.sparsity), point.bytes, point));
    printTable({"format", "zeros", "weight", "time (ms)"}, rows);
    fmt::print("\n");
    for (const std::string& sentence : breakEvenSentences(scan))
        fmt::print("{}\n", sentence);
    for (const Flag& flag : scan.flags)
        fmt::print("{}\n", flag.text);
}

void print(const SparseGains& gains)
{
    std::vector<std::vector<std::string>> rows;
    for (const LayerSparseGain& layer : gains.layers)
        rows.push_back({printable(layer.name), percent(layer.sparsity), formatSignificant(layer.denseMs),
                        formatSignificant(layer.csrMs), formatSignificant(layer.bsrMs),
                        formatSignificant(layer.chosenMs), layer.gains ? "yes" : "", layer.chosenKernel});
    printTable({"layer", "zeros", "dense (ms)", "csr (ms)", "bsr (ms)", "chosen (ms)", "gains", "kernel chosen"}, rows);
    fmt::print("\n");
    for (const std::string& sentence : sparseGainSentences(gains))
        fmt::print("{}\n", sentence);
    for (const Flag& flag : gains.network.flags)
        fmt::print("{}\n", flag.text);
}

Result<void> showLayer(Backend& backend, const LoadedModel& model, const Options& given)
{
    const Result<ScannedLayer> layer = scannedLayer(model.graph, given.layer);
    if (!layer)
        return tl::unexpected(layer.error());
    BreakEvenOptions options;
    options.sparsities = given.sparsities;
    options.batch = given.batch;
    options.threads = given.usedThreads();
    options.maxSeconds = given.maxSeconds;
    const StopOnInterrupt interrupt;
    auto scan = scanBreakEven(backend, *layer, options, systemProbe(), interrupt.token(), report);
    printStatus("");
    if (!scan)
        return tl::unexpected(scan.error());
    scan->model = model.name;
    if (given.json)
        fmt::print("{}\n", breakEvenToJson(*scan));
    else
        print(*scan);
    return given.csv.empty() ? Result<void>() : writeFileAtomically(given.csv, breakEvenToCsv(*scan));
}

Result<void> showNetwork(Backend& backend, const LoadedModel& model, const Options& given)
{
    if (!given.csv.empty())
        return fail(ErrorCode::InvalidArgument, "--csv goes with --layer; take --json for a whole network.");
    const StopOnInterrupt interrupt;
    const auto gains = measureSparseGains(backend, model, {given.batch, given.usedThreads(), given.maxSeconds},
                                          systemProbe(), interrupt.token(), report);
    printStatus("");
    if (!gains)
        return tl::unexpected(gains.error());
    if (given.json)
        fmt::print("{}\n", sparseGainsToJson(*gains));
    else
        print(*gains);
    return {};
}

Result<void> breakEven(const Options& options)
{
    if (const auto possible = options.csv.empty() ? Result<void>() : checkPlace(options.csv); !possible)
        return possible;
    const Result<LoadedModel> model = loadArgument(options.model, options.input, 0);
    if (!model)
        return tl::unexpected(model.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    return options.layer.empty() ? showNetwork(**backend, *model, options) : showLayer(**backend, *model, options);
}

} // namespace

void addBreakEven(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand(
        "break-even", "From what share of zeros on a layer (--layer) is faster and smaller stored sparse than dense; "
                      "without --layer, which layers of a pruned network would gain");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command->add_option("--layer", options->layer,
                        "A convolution or linear layer, as lathe describe --layers names it");
    command->add_option("--input", options->input, "Input size of the model, like 3x224x224");
    addListOption(*command, "--sparsities", options->sparsities, "Shares of zeros to time, like 0.5,0.9,0.99");
    command->add_option("--threads", options->threads, "Threads; all cores by default")->check(threadCount());
    command->add_option("--batch", options->batch, "Batch size (1)")->check(atLeastOne());
    command->add_option("--max-seconds", options->maxSeconds, "Time limit (60)")->check(between(0.01, 86400.0));
    command->add_option("--csv", options->csv, "A file to write the layer's times to as well");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return breakEven(*options); }; });
}

} // namespace lathe::cli
