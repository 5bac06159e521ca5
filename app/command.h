#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/formats/model_file.h"

namespace lathe::cli {

/// What a subcommand does once its flags are read; it prints its own result.
using Action = std::function<Result<void>()>;

/// Each adds a subcommand to `app` and sets `action` when the user calls it.
void addList(CLI::App& app, Action& action);
void addDescribe(CLI::App& app, Action& action);
void addInfer(CLI::App& app, Action& action);
void addExport(CLI::App& app, Action& action);
void addTrain(CLI::App& app, Action& action);
void addDistill(CLI::App& app, Action& action);
void addRecipe(CLI::App& app, Action& action);
void addClaims(CLI::App& app, Action& action);
void addEval(CLI::App& app, Action& action);
void addBench(CLI::App& app, Action& action);
void addCompare(CLI::App& app, Action& action);
void addChoose(CLI::App& app, Action& action);
void addTrend(CLI::App& app, Action& action);
void addRoofline(CLI::App& app, Action& action);
void addWhy(CLI::App& app, Action& action);
void addWidths(CLI::App& app, Action& action);
void addBreakEven(CLI::App& app, Action& action);
void addQuantize(CLI::App& app, Action& action);
void addPrune(CLI::App& app, Action& action);
void addSizes(CLI::App& app, Action& action);
void addPlot(CLI::App& app, Action& action);
void addQuickstart(CLI::App& app, Action& action);
void addRehearse(CLI::App& app, Action& action);

/// "3x224x224" as a shape; empty text is the model's default.
Result<Shape> parseInput(const std::string& text);

/// The model that MODEL, --input and --classes (0: not given) name together.
Result<LoadedModel> loadArgument(const std::string& model, const std::string& input, std::int64_t classes);

/// The flag of `loadArgument`.
void addClassesOption(CLI::App& app, std::int64_t& classes);

/// Flags that take lists separated by commas and never swallow the model that follows.
template <class T>
CLI::Option* addListOption(CLI::App& app, const std::string& name, std::vector<T>& values, const std::string& help)
{
    return app.add_option(name, values, help)->delimiter(',')->allow_extra_args(false);
}

} // namespace lathe::cli
