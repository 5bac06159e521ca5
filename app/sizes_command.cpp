#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/analysis/significant.h"
#include "core/benchmark/as_run.h"
#include "core/pruning/sizes.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    double mostGigabytes = 2.0;
    std::string keepIn;
    bool json = false;
};

template <class T> Json orNull(const std::optional<T>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

double shareOf(const SizeTable& table)
{
    return table.weights > 0 ? static_cast<double>(table.zeros) / static_cast<double>(table.weights) : 0.0;
}

void printJson(const LoadedModel& model, const SizeTable& table)
{
    Json formats = Json::array();
    for (const FormatSize& size : table.formats)
        formats.push_back({{"format", size.format},
                           {"formula", size.formula},
                           {"expected_bytes", size.expectedBytes},
                           {"bytes", orNull(size.bytes)},
                           {"gzip_bytes", orNull(size.gzipBytes)},
                           {"break_even", orNull(size.breakEven)}});
    fmt::print("{}\n", Json{{"model", model.name},
                            {"weights", table.weights},
                            {"zeros", table.zeros},
                            {"sparsity", shareOf(table)},
                            {"formats", formats}}
                           .dump(2));
}

std::string bytesText(const std::optional<std::int64_t>& bytes)
{
    return bytes ? formatBytes(static_cast<double>(*bytes)) : "–";
}

std::string breakEvenText(const FormatSize& size)
{
    if (!size.breakEven)
        return "–";
    return fmt::format("{} %{}", formatFixed(100.0 * *size.breakEven, 1), size.isOfBlocks ? " empty blocks" : "");
}

void printText(const LoadedModel& model, const SizeTable& table)
{
    std::vector<std::vector<std::string>> rows;
    for (const FormatSize& size : table.formats)
        rows.push_back({size.format, bytesText(size.expectedBytes), bytesText(size.bytes), bytesText(size.gzipBytes),
                        breakEvenText(size), size.formula});
    printTable({"format", "expected", "file", "gzipped", "breaks even at", "bytes of its numbers"}, rows);
    fmt::print(
        "\n{}: {} of {} weights are zero ({} %). Sparse formats take convolutions and linear layers as outputs × "
        "the rest, COO as they are; BSR has blocks of up to 8 × 8 that divide that, and breaks even by its "
        "empty blocks. Files take names, shapes and padding on top.\n",
        forTerminal(model.name), table.zeros, table.weights, formatFixed(100.0 * shareOf(table), 1));
}

Result<LoadedModel> loadWithWeights(const std::string& name)
{
    Result<LoadedModel> model = loadModel(name, {});
    if (!model || !model->weights.empty() || model->graph.isSealed())
        return model;
    return loadBackend().and_then([&](Backend* backend) { return asRun(*backend, *model, Mode::Eager, 1); });
}

Result<void> sizes(const Options& options)
{
    const Result<LoadedModel> model = loadWithWeights(options.model);
    if (!model)
        return tl::unexpected(model.error());
    const StopOnInterrupt interrupt;
    const SizeOptions limits{options.keepIn, static_cast<std::int64_t>(options.mostGigabytes * 1e9)};
    const auto table =
        measureSizes(*model, limits, interrupt.token(), [](const Progress& progress) { printStatus(progress.what); });
    printStatus("");
    if (!table)
        return tl::unexpected(table.error());
    options.json ? printJson(*model, *table) : printText(*model, *table);
    return {};
}

} // namespace

void addSizes(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("sizes", "What a network takes on disk, dense, sparse and compressed");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command
        ->add_option("--most-gigabytes", options->mostGigabytes,
                     "Files that would be larger are computed and not written (2)")
        ->check(atLeastOne());
    command->add_option("--keep-in", options->keepIn, "A folder for the files, which are deleted otherwise");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return sizes(*options); }; });
}

} // namespace lathe::cli
