#include "app/quantize_demo.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/base/files.h"
#include "core/base/words.h"
#include "core/quantization/error_growth.h"
#include "core/quantization/quantization_text.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostSamples = 10000000;
constexpr std::int64_t kChannels = 8;

/// All that the demonstration shows.
struct Demo {
    TensorValues values;
    QuantizationView view;
    std::optional<ErrorGrowth> growth;
};

Result<TensorValues> ofLayer(const QuantizeDemoOptions& options)
{
    if (options.layer.empty())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("Name a layer of {} with --layer; lathe describe {} --layers lists them.",
                                options.model, options.model));
    const Result<LoadedModel> model = loadArgument(options.model, options.input, 0);
    if (!model)
        return tl::unexpected(model.error());
    return loadBackend().and_then([&](Backend* backend) {
        return lathe::layerValues(*backend, *model, {options.layer, options.activations, options.batch, options.seed});
    });
}

Result<TensorValues> valuesOf(const QuantizeDemoOptions& options, const QuantizationChoice& choice)
{
    if (!options.model.empty())
        return ofLayer(options);
    if (!options.valuesFile.empty())
        return readFile(options.valuesFile).and_then([](const std::string& text) { return parsedValues(text); });
    if (!options.values.empty())
        return parsedValues(options.values);
    const bool perChannel = choice.granularity.kind == Granularity::Kind::PerChannel;
    const std::int64_t channels = options.channels > 0 ? options.channels : (perChannel ? kChannels : 1);
    if (options.samples > kMostSamples / channels)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} samples for each of {} channels are too many; {} in all are enough to see.",
                                options.samples, channels, kMostSamples));
    return distributionFromName(options.distribution).map([&](Distribution distribution) {
        return drawnValues(distribution, channels, options.samples, options.seed);
    });
}

Result<QuantizationView> viewOf(const TensorValues& values, const QuantizationChoice& choice,
                                const QuantizeDemoOptions& options, const std::stop_token& stop)
{
    Result<QuantizationGrids> grids = chooseGrids(values.values(), values.tensor.shape, choice, stop);
    if (!grids)
        return tl::unexpected(grids.error());
    const std::int64_t parts = grids->partition.parts();
    if (options.part > parts)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("There is no part {}: the values have {}.", options.part, parts));
    QuantizationView view{choice, *std::move(grids), {}, {}};
    view.error = quantizationError(values.values(), view.grids);
    view.part = quantizedPart(values.values(), view.grids, options.part - 1, options.rows);
    return view;
}

bool isDrawn(const QuantizeDemoOptions& options)
{
    return options.model.empty() && options.values.empty() && options.valuesFile.empty();
}

/// Of many more values than are shown where they are drawn.
Result<std::optional<ErrorGrowth>> growthOf(const Demo& demo, const QuantizeDemoOptions& options,
                                            const std::stop_token& stop)
{
    if (options.sum == 0)
        return std::optional<ErrorGrowth>();
    const Result<VectorOrder> order = vectorOrderFromName(options.order);
    if (!order)
        return tl::unexpected(order.error());
    QuantizeDemoOptions more = options;
    const Shape& shape = demo.values.tensor.shape;
    more.samples = samplesForSums(shape.size() > 1 ? shape.front() : 1, options.samples);
    const Result<TensorValues> values = isDrawn(options) ? valuesOf(more, demo.view.choice) : demo.values;
    const Result<QuantizationGrids> grids = values.and_then([&](const TensorValues& drawn) {
        return chooseGrids(drawn.values(), drawn.tensor.shape, demo.view.choice, stop);
    });
    if (!grids)
        return tl::unexpected(grids.error());
    return errorGrowth(values->values(), *grids, {options.sum, options.vectors, *order, options.weighted, options.seed},
                       stop)
        .map([](ErrorGrowth growth) { return std::optional(std::move(growth)); });
}

Result<Demo> compute(const QuantizeDemoOptions& options, const QuantizeOptions& scheme)
{
    Result<QuantizationChoice> choice = choiceOf(scheme, 0);
    if (!choice)
        return tl::unexpected(choice.error());
    Result<TensorValues> values = valuesOf(options, *choice);
    if (!values)
        return tl::unexpected(values.error());
    choice->granularity.axis = values->channelAxis;
    const StopOnInterrupt interrupt;
    Result<QuantizationView> view = viewOf(*values, *choice, options, interrupt.token());
    if (!view)
        return tl::unexpected(view.error());
    Demo demo{*std::move(values), *std::move(view), {}};
    auto growth = growthOf(demo, options, interrupt.token());
    if (!growth)
        return tl::unexpected(growth.error());
    demo.growth = *std::move(growth);
    return demo;
}

Json numberOrNull(double value)
{
    return std::isfinite(value) ? Json(value) : Json();
}

Json errorJson(const QuantizationError& error)
{
    return {{"count", error.count},
            {"clipped", error.clipped},
            {"mse", error.meanSquared()},
            {"rounding_mse", error.roundingMeanSquared()},
            {"clipping_mse", error.clippingMeanSquared()},
            {"mean", error.mean()},
            {"largest", error.largest},
            {"sqnr_db", numberOrNull(error.sqnrDb())}};
}

Json partsJson(const QuantizationGrids& grids)
{
    Json parts = Json::array();
    for (std::size_t i = 0; i < grids.parameters.size(); ++i)
        parts.push_back({{"low", grids.ranges[i].low},
                         {"high", grids.ranges[i].high},
                         {"scale", grids.parameters[i].scale},
                         {"zero_point", grids.parameters[i].zeroPoint}});
    return parts;
}

Json valuesJson(const QuantizedPart& part)
{
    Json rows = Json::array();
    for (const QuantizedValue& value : part.first)
        rows.push_back({{"x", value.x}, {"x_int", value.integer}, {"x_hat", value.rounded}, {"error", value.error()}});
    return rows;
}

Json growthJson(const ErrorGrowth& growth)
{
    Json points = Json::array();
    for (const ErrorGrowthPoint& point : growth.points)
        points.push_back({{"n", point.length},
                          {"mean", point.mean},
                          {"deviation", point.deviation},
                          {"rms", point.rootMeanSquare},
                          {"predicted", point.predicted},
                          {"naive", point.naive}});
    return {{"n", growth.options.length},
            {"vectors", growth.options.vectors},
            {"order", name(growth.options.order)},
            {"weighted", growth.options.weighted},
            {"holds", growth.holds()},
            {"ratio", numberOrNull(growth.ratio)},
            {"ratio_low", numberOrNull(growth.ratioInterval.low)},
            {"ratio_high", numberOrNull(growth.ratioInterval.high)},
            {"excess_kurtosis", numberOrNull(growth.excessKurtosis)},
            {"ks_distance", growth.distance},
            {"ks_by_chance", growth.distanceByChance},
            {"exponent", growth.exponent},
            {"points", std::move(points)},
            {"sentences", errorGrowthSentences(growth)}};
}

void printJson(const Demo& demo)
{
    const QuantizationView& view = demo.view;
    const IntegerRange integers = integerRange(view.choice.format);
    Json document = {{"source", demo.values.what},
                     {"notes", demo.values.notes},
                     {"shape", demo.values.tensor.shape},
                     {"bits", view.choice.format.bits},
                     {"signed", view.choice.format.isSigned},
                     {"symmetric", view.choice.format.isSymmetric},
                     {"integers", {integers.low, integers.high}},
                     {"granularity", name(view.choice.granularity.kind)},
                     {"observer", name(view.choice.observer.kind)},
                     {"error", errorJson(view.error)},
                     {"sqnr_db", numberOrNull(view.error.sqnrDb())},
                     {"bytes", quantizedBytes(view.grids, view.choice.format)},
                     {"float32_bytes", demo.values.tensor.byteCount()},
                     {"summary", quantizationSummary(view)},
                     {"part", view.part.part + 1},
                     {"part_error", errorJson(view.part.error)},
                     {"formulas", quantizationFormulas(view)},
                     {"values", valuesJson(view.part)},
                     {"parts", partsJson(view.grids)}};
    if (demo.growth)
        document["sum"] = growthJson(*demo.growth);
    fmt::print("{}\n", document.dump(2));
}

void printValues(const QuantizationView& view)
{
    std::vector<std::vector<std::string>> rows;
    for (const QuantizedValue& value : view.part.first)
        rows.push_back({fmt::format("{}", value.place + 1), figureText(static_cast<double>(value.x)),
                        fmt::format("{}", value.integer), figureText(static_cast<double>(value.rounded)),
                        figureText(value.error(), 2)});
    printTable({"value", "x", "x_int", "x_hat", "x_hat − x"}, rows);
    if (view.part.error.count > static_cast<std::int64_t>(view.part.first.size()))
        fmt::print("… of {} values\n", view.part.error.count);
}

void printGrowth(const ErrorGrowth& growth)
{
    fmt::print("\nSums of {} over n values, {}, {} vectors\n\n",
               growth.options.weighted ? "errors times normal weights" : "errors", name(growth.options.order),
               growth.options.vectors);
    std::vector<std::vector<std::string>> rows;
    for (const ErrorGrowthPoint& point : growth.points)
        rows.push_back({fmt::format("{}", point.length), figureText(point.rootMeanSquare, 3),
                        figureText(point.predicted, 3), figureText(point.naive, 3), figureText(point.mean, 2)});
    printTable({"n", "measured (rms)", "predicted", "naive", "mean"}, rows);
    fmt::print("\n");
    for (const std::string& sentence : errorGrowthSentences(growth))
        fmt::print("{}\n", sentence);
}

void print(const Demo& demo)
{
    fmt::print("{}, {}\n", printable(demo.values.what), toString(demo.values.tensor.shape));
    for (const std::string& note : demo.values.notes)
        fmt::print("{}\n", printable(note));
    fmt::print("\n{}\n\nOf {}:\n\n", quantizationSummary(demo.view), partText(demo.view));
    printValues(demo.view);
    fmt::print("\n");
    for (const std::string& sentence : quantizationFormulas(demo.view))
        fmt::print("{}\n", sentence);
    if (demo.growth)
        printGrowth(*demo.growth);
}

} // namespace

void addDemoOptions(CLI::App& app, QuantizeDemoOptions& options, CLI::Option* model)
{
    app.add_option("--distribution", options.distribution, "uniform, normal, laplace or heavy-tailed (normal)");
    CLI::Option* values = app.add_option("--values", options.values,
                                         "Numbers of your own, like \"0.1,-2,3\"; a semicolon begins another channel");
    CLI::Option* file = app.add_option("--values-file", options.valuesFile, "A text file with such numbers");
    values->excludes(file)->excludes(model);
    file->excludes(model);
    app.add_option("--layer", options.layer, "The layer whose weights are taken")->needs(model);
    app.add_flag("--activations", options.activations, "What the layer gives out, and not its weights")->needs(model);
    app.add_option("--input", options.input, "Input size of the model, like 3x224x224")->needs(model);
    app.add_option("--batch", options.batch, "Random inputs that activations are taken of (1)")
        ->check(between(1, 1024));
    app.add_option("--samples", options.samples, "Values drawn for each channel (4096)")->check(atLeastOne());
    app.add_option("--channels", options.channels, "Channels drawn, with spreads that differ (1; 8 per channel)")
        ->check(between(1, 4096));
    app.add_option("--seed", options.seed, "Of all that is drawn (1)");
    app.add_option("--part", options.part, "The channel or group that is shown, from 1 on (1)")->check(atLeastOne());
    app.add_option("--rows", options.rows, "Values listed (12)")->check(between(0, 1000000));
    app.add_option("--sum", options.sum, "Also sum the errors over so many values: why they do not add up")
        ->check(between(1, 65536));
    app.add_option("--vectors", options.vectors, "Such sums that are drawn (4000)")->check(between(100, 1000000));
    app.add_option("--order", options.order,
                   "How a sum's values are taken: independent, in-order, runs or constant (independent)");
    app.add_flag("--dot-product", options.weighted, "Sum errors times normal weights, as in a dot product");
}

Result<void> quantizeDemo(const QuantizeDemoOptions& options, const QuantizeOptions& scheme, bool json)
{
    const Result<Demo> demo = compute(options, scheme);
    if (!demo)
        return tl::unexpected(demo.error());
    if (json)
        printJson(*demo);
    else
        print(*demo);
    return {};
}

} // namespace lathe::cli
