#include "core/analysis/timm_table.h"

#include <map>
#include <string_view>

#include <fmt/format.h>

#include "core/analysis/csv_table_p.h"
#include "core/session/session.h"

namespace lathe {

namespace {

using Column = std::optional<std::size_t>;

/// Columns of a table of inference benchmarks; those of older releases lack the "infer_", or some altogether.
struct Columns {
    Column model, imageSize, throughput, stepMs, batch, params, gmacs, activations;

    explicit Columns(const CsvTable& csv)
        : model(csv.column({"model"})), imageSize(csv.column({"infer_img_size", "img_size"})),
          throughput(csv.column({"infer_samples_per_sec", "samples_per_sec"})),
          stepMs(csv.column({"infer_step_time", "step_time"})), batch(csv.column({"infer_batch_size", "batch_size"})),
          params(csv.column({"param_count", "infer_param_count"})), gmacs(csv.column({"infer_gmacs", "gmacs"})),
          activations(csv.column({"infer_macts", "macts"}))
    {
    }
};

tl::unexpected<Error> unsuitable(const std::filesystem::path& path, std::string_view why)
{
    return fail(ErrorCode::BadFile, fmt::format("'{}' {}", path.filename().string(), why));
}

Result<void> check(const CsvTable& csv, const Columns& columns, const std::filesystem::path& path)
{
    if (!columns.model)
        return unsuitable(path, "has no column 'model'; open one of timm's benchmark-infer-*.csv.");
    if (columns.throughput)
        return {};
    if (csv.column({"train_samples_per_sec"}))
        return unsuitable(path, "is a table of training benchmarks ('train_samples_per_sec') and has no column "
                                "'infer_samples_per_sec'; open one of timm's benchmark-infer-*.csv.");
    return unsuitable(path, "has no column 'infer_samples_per_sec'; open one of timm's benchmark-infer-*.csv.");
}

TimmRow readRow(const CsvTable& csv, const Columns& columns, std::size_t row)
{
    TimmRow result;
    result.model = std::string(csv.text(row, columns.model));
    result.type = typeFromTimmName(result.model);
    result.imageSize = csv.number(row, columns.imageSize);
    result.throughput = csv.number(row, columns.throughput);
    result.stepMs = csv.number(row, columns.stepMs);
    result.batch = csv.number(row, columns.batch);
    result.paramsMillions = csv.number(row, columns.params);
    result.gmacs = csv.number(row, columns.gmacs);
    result.activationsMillions = csv.number(row, columns.activations);
    return result;
}

struct Accuracy {
    std::optional<double> imageSize;
    double top1 = 0.0; ///< fraction
};
using Accuracies = std::multimap<std::string, Accuracy, std::less<>>;

/// By the model's name, and by its architecture's where a tag of the weights follows behind a dot.
Accuracies readAccuracies(const CsvTable& csv, Column model, Column top1)
{
    const Column imageSize = csv.column({"img_size", "infer_img_size"});
    Accuracies accuracies;
    for (std::size_t row = 0; row < csv.rowCount(); ++row) {
        const std::string name(csv.text(row, model));
        const std::optional<double> percent = csv.number(row, top1);
        if (name.empty() || !percent)
            continue;
        const Accuracy accuracy{csv.number(row, imageSize), *percent / 100.0};
        accuracies.emplace(name, accuracy);
        if (const std::size_t dot = name.find('.'); dot != std::string::npos)
            accuracies.emplace(name.substr(0, dot), accuracy);
    }
    return accuracies;
}

bool sameSize(const std::optional<double>& a, const std::optional<double>& b)
{
    return !a || !b || *a == *b;
}

/// The best of the architecture's weights at the size that was timed.
std::optional<double> accuracyOf(const TimmRow& row, const Accuracies& accuracies)
{
    std::optional<double> best;
    const auto [begin, end] = accuracies.equal_range(row.model);
    for (auto it = begin; it != end; ++it)
        if (sameSize(row.imageSize, it->second.imageSize) && it->second.top1 > best.value_or(-1.0))
            best = it->second.top1;
    return best;
}

} // namespace

Result<TimmTable> readTimmTable(const std::filesystem::path& path)
{
    const Result<std::string> text = readFile(path);
    if (!text)
        return tl::unexpected(text.error());
    const CsvTable csv(*text);
    const Columns columns(csv);
    if (const Result<void> sound = check(csv, columns, path); !sound)
        return tl::unexpected(sound.error());

    TimmTable table;
    table.name = path.stem().string();
    for (std::size_t i = 0; i < csv.rowCount(); ++i) {
        TimmRow row = readRow(csv, columns, i);
        if (row.model.empty() || row.throughput.value_or(0.0) <= 0.0)
            ++table.skipped;
        else
            table.rows.push_back(std::move(row));
    }
    return table;
}

Result<int> joinTimmAccuracy(TimmTable& table, const std::filesystem::path& accuracy)
{
    const Result<std::string> text = readFile(accuracy);
    if (!text)
        return tl::unexpected(text.error());
    const CsvTable csv(*text);
    const Column model = csv.column({"model"});
    const Column top1 = csv.column({"top1"});
    if (!model || !top1)
        return unsuitable(accuracy, fmt::format("has no column '{}'; open one of timm's results-imagenet*.csv.",
                                                model ? "top1" : "model"));
    const Accuracies accuracies = readAccuracies(csv, model, top1);
    int matched = 0;
    for (TimmRow& row : table.rows) {
        row.top1 = accuracyOf(row, accuracies);
        matched += row.top1 ? 1 : 0;
    }
    return matched;
}

} // namespace lathe
