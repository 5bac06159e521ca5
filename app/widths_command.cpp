#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/analysis/significant.h"
#include "core/base/files.h"
#include "core/base/words.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/width_scan.h"

namespace lathe::cli {

namespace {

constexpr std::int64_t kAround = 16; ///< channels to either side of the layer's own

struct Options {
    std::string model;
    std::string layer;
    std::string input;
    std::string channels;
    std::string axis;
    std::string mode = std::string(name(Mode::Fused));
    int threads = 0; ///< 0: all cores
    std::int64_t batch = 1;
    double maxSeconds = WidthScanOptions{}.maxSeconds;
    std::string csv;
    bool json = false;
};

/// All of the text, or nothing.
bool readNumber(std::string_view text, std::int64_t& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

/// Numbers between colons; none where one of them is no number.
std::vector<std::int64_t> numbersOf(std::string_view text)
{
    std::vector<std::int64_t> numbers;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(':', begin), text.size());
        if (!readNumber(text.substr(begin, end - begin), numbers.emplace_back()))
            return {};
        begin = end + 1;
    }
    return numbers;
}

/// "96:160:1" or "96:160".
Result<void> readChannels(const std::string& text, WidthScanOptions& options)
{
    const std::vector<std::int64_t> numbers = numbersOf(text);
    if (numbers.size() < 2 || numbers.size() > 3)
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("\"{}\" is no range of channels; write first:last or first:last:step, like 96:160:1.", text));
    options.first = numbers[0];
    options.last = numbers[1];
    options.step = numbers.size() == 3 ? numbers[2] : 1;
    return {};
}

/// Around the layer's own, in steps that its groups allow.
void takeOwnChannels(const ScannedLayer& layer, WidthScanOptions& options)
{
    const auto* conv = std::get_if<op::Conv2d>(&layer.operation);
    const std::int64_t step = conv != nullptr && !layer.isDepthwise() ? conv->groups : 1;
    const std::int64_t own = layer.channels(options.axis);
    options.step = step;
    options.first = own - std::min((own - step) / step, kAround) * step;
    options.last = own + kAround * step;
}

Result<WidthScanOptions> optionsFor(const Options& given, const ScannedLayer& layer)
{
    WidthScanOptions options;
    const Result<WidthAxis> axis = given.axis.empty()
                                       ? Result<WidthAxis>(layer.isDepthwise() ? WidthAxis::Both : WidthAxis::Out)
                                       : axisFromName(given.axis);
    const Result<Mode> mode = modeFromName(given.mode);
    if (!axis || !mode)
        return tl::unexpected(!axis ? axis.error() : mode.error());
    options.axis = *axis;
    options.mode = *mode;
    options.batch = given.batch;
    options.threads = given.threads > 0 ? given.threads : usableCores();
    options.maxSeconds = given.maxSeconds;
    if (given.channels.empty()) {
        takeOwnChannels(layer, options);
        return options;
    }
    return readChannels(given.channels, options).map([&] { return options; });
}

void print(const WidthScan& scan)
{
    fmt::print("{} of {}: {} channels, {} · batch {} · {} {}, {} rounds\n\n", scan.layer.name, scan.model,
               axisName(scan.options.axis), name(scan.options.mode), scan.options.batch, scan.options.threads,
               scan.options.threads == 1 ? "thread" : "threads", scan.rounds);
    std::vector<std::vector<std::string>> rows;
    for (const WidthPoint& point : scan.points)
        rows.push_back({fmt::format("{}", point.channels), formatWithInterval(point.median, point.low, point.high),
                        formatSi(2.0 * point.macRate(), "FLOP/s")});
    printTable({"channels", "time (ms)", "reached"}, rows);
    fmt::print("\n");
    for (const std::string& sentence : widthScanSentences(scan))
        fmt::print("{}\n", printable(sentence));
    for (const Flag& flag : scan.flags)
        fmt::print("{}\n", flag.text);
}

Result<WidthScan> measure(const Options& given)
{
    const Result<LoadedModel> model = loadArgument(given.model, given.input, 0);
    if (!model)
        return tl::unexpected(model.error());
    const Result<ScannedLayer> layer = scannedLayer(model->graph, given.layer);
    if (!layer)
        return tl::unexpected(layer.error());
    const Result<WidthScanOptions> options = optionsFor(given, *layer);
    if (!options)
        return tl::unexpected(options.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    const StopOnInterrupt interrupt;
    auto scan = scanWidths(**backend, *layer, *options, systemProbe(), interrupt.token(), [](const Progress& progress) {
        printStatus(fmt::format("[{:.0f} %] {}", 100.0 * progress.fraction, progress.what));
    });
    printStatus("");
    if (scan)
        scan->model = model->name;
    return scan;
}

Result<void> widths(const Options& options)
{
    const Result<WidthScan> scan = measure(options);
    if (!scan)
        return tl::unexpected(scan.error());
    if (options.json)
        fmt::print("{}\n", widthScanToJson(*scan));
    else
        print(*scan);
    return options.csv.empty() ? Result<void>() : writeFileAtomically(options.csv, widthScanToCsv(*scan));
}

} // namespace

void addWidths(CLI::App& app, Action& action)
{
    CLI::App* command =
        app.add_subcommand("widths", "How long one layer takes over a range of channel counts, and where it jumps");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command->add_option("--layer", options->layer, "A convolution or linear layer, as lathe describe --layers names it")
        ->required();
    command->add_option("--input", options->input, "Input size of the model, like 3x224x224");
    command->add_option("--channels", options->channels,
                        "first:last:step, like 96:160:1; 16 to either side of the layer's own by default");
    command->add_option("--axis", options->axis, "Which channels: out, in or both (out; both of a depthwise one)");
    command->add_option("--mode", options->mode, "A mode, such as eager or fused (fused)");
    command->add_option("--threads", options->threads, "Threads; all cores by default")->check(threadCount());
    command->add_option("--batch", options->batch, "Batch size (1)")->check(atLeastOne());
    command->add_option("--max-seconds", options->maxSeconds, "Time limit (60)")->check(between(0.01, 86400.0));
    command->add_option("--csv", options->csv, "A file to write the widths to as well");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return widths(*options); }; });
}

} // namespace lathe::cli
