#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/measuring.h"
#include "app/output.h"
#include "app/stop.h"
#include "app/training_options.h"
#include "core/analysis/significant.h"
#include "core/recipe/recipe_text.h"
#include "core/recipe/run_recipe.h"
#include "core/training/training_text.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string file;
    std::string out;
    std::string save;
    std::vector<std::string> compared;
    bool isExample = false;
    bool json = false;
};

std::string ratioText(const RecipeResultStep& step)
{
    return fmt::format("{} ({})", formatSignificant(step.time.ratio), formatRange(step.time.low, step.time.high));
}

void printSteps(const RecipeResult& result)
{
    std::vector<std::vector<std::string>> rows;
    for (const RecipeResultStep& step : result.steps) {
        const bool isFirst = &step == &result.steps.front();
        rows.push_back({stepTitle(step), percentText(step.test.accuracy),
                        step.change ? fmt::format("{:+.2f}", 100.0 * step.change->difference()) : "",
                        formatSignificant(step.milliseconds), isFirst ? "1" : ratioText(step),
                        formatBytes(static_cast<double>(step.fileBytes)), formatSi(static_cast<double>(step.macs)),
                        step.isOnFront ? "yes" : ""});
    }
    printTable({"step", "accuracy", "points", "ms", "of the first's time", "file", "MACs", "front"}, rows);
}

void print(const RecipeResult& result, const std::string& folder)
{
    printSteps(result);
    fmt::print("\n");
    for (const std::string& sentence : recipeSentences(result))
        fmt::print("{}\n", sentence);
    fmt::print("\nNetworks and figures: {}\n", folder);
}

RecipeEvents progressEvents(std::optional<SessionAppender>& session)
{
    RecipeEvents events;
    const auto prefix = std::make_shared<std::string>();
    events.began = [prefix](std::size_t index, std::size_t count, const std::string& title) {
        *prefix = fmt::format("{}/{} {}: ", index + 1, count, title);
    };
    events.progress = [prefix](const Progress& progress) { printStatus(*prefix + progress.what); };
    events.done = [prefix, &session](const RecipeResultStep& step) {
        printStatus("");
        fmt::print(stderr, "{}{} of the test images, {} ms\n", *prefix, percentText(step.test.accuracy),
                   formatSignificant(step.milliseconds));
        if (session)
            session->append(step.record);
    };
    return events;
}

Result<void> run(const Options& options)
{
    const auto subject = readRecipe(options.file).and_then(loadRecipe);
    if (!subject)
        return tl::unexpected(subject.error());
    for (const std::string& note : subject->start.notes)
        fmt::print(stderr, "{}\n", forTerminal(note));
    std::optional<SessionAppender> session;
    if (!options.save.empty()) {
        Result<SessionAppender> opened = SessionAppender::open(options.save);
        if (!opened)
            return tl::unexpected(opened.error());
        session = *std::move(opened);
    }
    const StopOnInterrupt interrupt;
    const auto result = runRecipe(*subject, options.out, progressEvents(session), interrupt.token());
    printStatus("");
    if (session)
        if (const auto saved = session->save(); !saved)
            return saved;
    if (!result)
        return tl::unexpected(result.error());
    if (options.json)
        fmt::print("{}\n", recipeResultJson(*result));
    else
        print(*result, options.out);
    return {};
}

Result<void> compareRuns(const Options& options)
{
    std::vector<RecipeResult> results;
    for (const std::string& folder : options.compared) {
        Result<RecipeResult> result = readRecipeResult(folder);
        if (!result)
            return tl::unexpected(result.error());
        if (result->name.empty())
            result->name = std::filesystem::path(folder).lexically_normal().filename().string();
        results.push_back(*std::move(result));
    }
    if (options.json) {
        nlohmann::ordered_json json{{"recipes", nlohmann::ordered_json::array()},
                                    {"sentences", comparisonSentences(results)}};
        for (const RecipeResult& result : results)
            json["recipes"].push_back(nlohmann::ordered_json::parse(recipeResultJson(result)));
        fmt::print("{}\n", json.dump(2));
        return {};
    }
    for (const RecipeResult& result : results) {
        fmt::print("{}\n", forTerminal(result.name));
        printSteps(result);
        fmt::print("\n");
    }
    for (const std::string& sentence : comparisonSentences(results))
        fmt::print("{}\n", forTerminal(sentence));
    return {};
}

Result<void> recipe(const Options& options)
{
    if (options.isExample) {
        fmt::print("{}\n", recipeToJson(exampleRecipe()));
        return {};
    }
    if (!options.compared.empty())
        return compareRuns(options);
    if (options.file.empty())
        return fail(ErrorCode::InvalidArgument,
                    "Which recipe? Name its file; lathe recipe --example prints one to begin with.");
    if (options.out.empty())
        return fail(ErrorCode::InvalidArgument, "Where should its networks go? Write --out FOLDER.");
    return run(options);
}

} // namespace

void addRecipe(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand(
        "recipe", "Train, distil, prune, fine-tune and quantize step by step, with every step measured");
    const auto options = std::make_shared<Options>();
    command->add_option("recipe", options->file, "A JSON file; one value of a list is tried after the other");
    command->add_option("--out", options->out, "Folder for networks and figures; one that was begun is gone on with");
    command->add_option("--save", options->save, "Session to append the records to; made if it is not there");
    command->add_flag("--example", options->isExample, "Print a recipe to begin with");
    addListOption(*command, "--compare", options->compared, "Folders of recipes that were run, side by side");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return recipe(*options); }; });
}

} // namespace lathe::cli
