#include "app/datasets.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "app/output.h"
#include "core/training/training_text.h"

namespace lathe::cli {

namespace {

std::vector<std::string> classRow(const Evaluation& evaluation, const Dataset& dataset, std::size_t label)
{
    std::vector<std::int64_t> taken = evaluation.confusion[label];
    const std::int64_t all = std::accumulate(taken.begin(), taken.end(), std::int64_t{0});
    const std::int64_t right = std::exchange(taken[label], -1);
    const auto worst = std::max_element(taken.begin(), taken.end());
    const std::string mistake =
        *worst > 0 ? fmt::format("{} ({})", dataset.classNames[static_cast<std::size_t>(worst - taken.begin())], *worst)
                   : "";
    const double share = static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(1, all));
    return {dataset.classNames[label], fmt::format("{}", all), percentText(share), mistake};
}

} // namespace

void addEvaluation(nlohmann::ordered_json& json, const Evaluation& evaluation, const Dataset& dataset)
{
    json["accuracy"] = evaluation.accuracy;
    json["ci_low"] = evaluation.interval.low;
    json["ci_high"] = evaluation.interval.high;
    json["samples"] = evaluation.samples;
    json["correct"] = evaluation.correct;
    json["loss"] = evaluation.loss;
    json["classes"] = dataset.classNames;
    json["confusion"] = evaluation.confusion;
}

void printEvaluation(const Evaluation& evaluation, const Dataset& dataset)
{
    fmt::print("{}\n\n", evaluationSentences(evaluation, dataset.classNames).front());
    std::vector<std::vector<std::string>> rows;
    for (std::size_t label = 0; label < evaluation.confusion.size(); ++label)
        rows.push_back(classRow(evaluation, dataset, label));
    printTable({"class", "images", "right", "most often taken for"}, rows);
}

} // namespace lathe::cli
