#include "core/recipe/recipe_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/analysis/significant.h"
#include "core/base/files.h"
#include "core/recipe/recipe_files.h"
#include "core/training/training_json.h"
#include "core/training/training_text.h"

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

const RecipeResultStep& firstOf(const RecipeResult& result)
{
    return result.steps.front();
}

bool isRoot(const RecipeResult& result, const RecipeResultStep& step)
{
    return &step == &firstOf(result);
}

std::string speedText(const RecipeResultStep& step, const std::string& first)
{
    if (step.time.low <= 1.0 && step.time.high >= 1.0)
        return fmt::format("no difference in speed from {} is shown ({} times its time, 99 % interval {})", first,
                           formatSignificant(step.time.ratio), formatRange(step.time.low, step.time.high));
    return fmt::format("{} times as fast as {} (99 % interval {})", formatSignificant(1.0 / step.time.ratio), first,
                       formatRange(1.0 / step.time.high, 1.0 / step.time.low));
}

std::string shareText(std::int64_t now, std::int64_t before)
{
    return fmt::format("{} %", formatSignificant(100.0 * static_cast<double>(now) / static_cast<double>(before)));
}

Json stepJson(const RecipeResult& result, std::size_t index)
{
    const RecipeResultStep& step = result.steps[index];
    Json json{{"step", step.number},
              {"kind", step.kind},
              {"title", step.title},
              {"variant", step.variant},
              {"parent", step.parent < 0 ? Json() : Json(step.parent)},
              {"model", step.model.string()},
              {"scheme", step.record.scheme},
              {"mode", step.record.configuration.mode},
              {"accuracy", step.test.accuracy},
              {"accuracy_low", step.test.interval.low},
              {"accuracy_high", step.test.interval.high},
              {"images", step.test.samples},
              {"correct", step.test.correct},
              {"latency_ms", step.milliseconds},
              {"time_ratio", step.time.ratio},
              {"time_ratio_low", step.time.low},
              {"time_ratio_high", step.time.high},
              {"params", step.parameters},
              {"macs", step.macs},
              {"file_bytes", step.fileBytes},
              {"front", step.isOnFront},
              {"last", step.isLast},
              {"record", step.record.id},
              {"sentence", stepSentence(result, index)}};
    if (step.change)
        json["change"] = {{"difference", step.change->difference()},
                          {"ci_low", step.change->interval.low},
                          {"ci_high", step.change->interval.high},
                          {"p_value", step.change->pValue}};
    return json;
}

RecipeResultStep stepFrom(const Json& json)
{
    RecipeResultStep step;
    step.number = json.at("step");
    step.kind = json.at("kind");
    step.title = json.at("title");
    step.variant = json.at("variant");
    step.parent = json.at("parent").is_null() ? -1 : json.at("parent").get<int>();
    step.model = json.at("model").get<std::string>();
    step.test.accuracy = json.at("accuracy");
    step.test.interval = {json.at("accuracy_low"), json.at("accuracy_high")};
    step.test.samples = json.at("images");
    step.test.correct = json.at("correct");
    step.milliseconds = json.at("latency_ms");
    step.time = {json.at("time_ratio"), json.at("time_ratio_low"), json.at("time_ratio_high")};
    step.parameters = json.at("params");
    step.macs = json.at("macs");
    step.fileBytes = json.at("file_bytes");
    step.isOnFront = json.at("front");
    step.isLast = json.at("last");
    step.record.scheme = json.at("scheme");
    step.record.configuration.mode = json.at("mode");
    return step;
}

/// Of those that the recipe ends with, the most accurate.
const RecipeResultStep& bestOf(const RecipeResult& result)
{
    const RecipeResultStep* best = &result.steps.back();
    for (const RecipeResultStep& step : result.steps)
        if (step.isLast && step.test.accuracy > best->test.accuracy)
            best = &step;
    return *best;
}

} // namespace

std::string stepTitle(const RecipeResultStep& step)
{
    // The title may say what was chosen last itself.
    const std::size_t comma = step.variant.rfind(", ");
    const std::string last = comma == std::string::npos ? step.variant : step.variant.substr(comma + 2);
    const bool saysIt = !last.empty() && step.title.find(last) != std::string::npos;
    const std::string others = !saysIt                      ? step.variant
                               : comma == std::string::npos ? std::string()
                                                            : step.variant.substr(0, comma);
    return others.empty() ? step.title : fmt::format("{} ({})", step.title, others);
}

std::string stepSentence(const RecipeResult& result, std::size_t index)
{
    const RecipeResultStep& step = result.steps[index];
    const std::string figures =
        fmt::format("{}: {} of the test images, {} ms, {} in the file, {} MACs", stepTitle(step),
                    percentText(step.test.accuracy), formatSignificant(step.milliseconds),
                    formatBytes(static_cast<double>(step.fileBytes)), formatSi(static_cast<double>(step.macs)));
    if (isRoot(result, step))
        return figures + ".";
    std::string text = fmt::format("{}; {}", figures, speedText(step, stepTitle(firstOf(result))));
    if (step.change)
        text += fmt::format("; {:+.2f} points from the step before (95 % interval {:+.2f} to {:+.2f}){}",
                            100.0 * step.change->difference(), 100.0 * step.change->interval.low,
                            100.0 * step.change->interval.high,
                            step.change->pValue < 0.05 ? "" : ", which shows no difference");
    return text + ".";
}

std::vector<std::string> recipeSentences(const RecipeResult& result)
{
    std::vector<std::string> sentences;
    const auto ends = std::count_if(result.steps.begin(), result.steps.end(), [](const auto& s) { return s.isLast; });
    const RecipeResultStep& first = firstOf(result);
    for (const RecipeResultStep& step : result.steps) {
        if (!step.isLast || isRoot(result, step) || (ends > 1 && !step.isOnFront))
            continue;
        sentences.push_back(fmt::format(
            "{}: {} of the test images instead of {} ({:+.2f} points), {}, {} of its file, {} of its MACs.",
            ends > 1 ? step.variant : "In the end", percentText(step.test.accuracy), percentText(first.test.accuracy),
            100.0 * (step.test.accuracy - first.test.accuracy), speedText(step, stepTitle(first)),
            shareText(step.fileBytes, first.fileBytes), shareText(step.macs, first.macs)));
    }
    if (ends > 1) {
        if (sentences.empty())
            sentences.emplace_back("None of the variants is on the front: networks on the way to them are as fast and "
                                   "as accurate.");
        sentences.emplace_back("All variants were measured on the same test images: the best of many looks better "
                               "there than it is.");
    }
    return sentences;
}

std::string recipeResultJson(const RecipeResult& result)
{
    Json json{{"name", result.name}, {"dataset", result.dataset}, {"steps", Json::array()}};
    for (std::size_t i = 0; i < result.steps.size(); ++i)
        json["steps"].push_back(stepJson(result, i));
    json["front"] = Json::array();
    for (std::size_t i = 0; i < result.steps.size(); ++i)
        if (result.steps[i].isOnFront)
            json["front"].push_back(i);
    json["sentences"] = recipeSentences(result);
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Result<RecipeResult> recipeResultFromJson(const std::string& text)
{
    try {
        const Json json = Json::parse(text);
        RecipeResult result;
        result.name = json.at("name");
        result.dataset = json.at("dataset");
        for (const Json& step : json.at("steps"))
            result.steps.push_back(stepFrom(step));
        for (std::size_t i = 0; i < result.steps.size(); ++i)
            if (result.steps[i].parent >= static_cast<int>(i))
                return fail(ErrorCode::BadFile, "The recipe's result is damaged; run the recipe again.");
        if (!result.steps.empty())
            return result;
    } catch (const Json::exception&) {
    }
    return fail(ErrorCode::BadFile, "The recipe's result is damaged; run the recipe again.");
}

Result<RecipeResult> readRecipeResult(const std::filesystem::path& folder)
{
    const auto text = readFile(folder / kRecipeResultFile);
    if (!text)
        return fail(
            ErrorCode::NotFound,
            fmt::format("{} holds no recipe that came to its end; run one with lathe recipe.", folder.string()));
    return recipeResultFromJson(*text);
}

std::vector<std::string> comparisonSentences(const std::vector<RecipeResult>& results)
{
    std::vector<std::string> sentences;
    const RecipeResultStep& one = bestOf(results.front());
    for (std::size_t i = 1; i < results.size(); ++i) {
        const RecipeResultStep& other = bestOf(results[i]);
        if (results[i].dataset != results.front().dataset) {
            sentences.push_back(fmt::format("{} was measured on {} and {} on {}: their accuracies cannot be compared.",
                                            results[i].name, results[i].dataset, results.front().name,
                                            results.front().dataset));
            continue;
        }
        sentences.push_back(fmt::format(
            "{} ends at {} of the test images, {} ms and {}; {} at {}, {} ms and {}.", results.front().name,
            percentText(one.test.accuracy), formatSignificant(one.milliseconds),
            formatBytes(static_cast<double>(one.fileBytes)), results[i].name, percentText(other.test.accuracy),
            formatSignificant(other.milliseconds), formatBytes(static_cast<double>(other.fileBytes))));
    }
    return sentences;
}

} // namespace lathe
