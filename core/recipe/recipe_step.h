#pragma once

#include <filesystem>
#include <stop_token>

#include "core/recipe/run_recipe.h"

/// One step of a recipe: a network in, a file out.
namespace lathe {

struct StepTask {
    const RecipeSubject& subject;
    const RecipeStep& step;
    std::filesystem::path from;   ///< the network so far; empty: the recipe's architecture
    std::filesystem::path before; ///< that which `from` was quantized from, and how, where it is quantized
    const QuantizeStep* quantized = nullptr;
    std::filesystem::path out;
    std::filesystem::path answers; ///< folder of teachers' answers
};

/// Writes `out`. A training that was stopped goes on from its checkpoint.
Result<void> doStep(Backend& backend, const StepTask& task, const RecipeEvents& events, std::stop_token stop);

/// What the step trains with, for a network of that graph; nothing where it does not train.
Result<std::optional<TrainingOptions>> trainingOf(const Recipe& recipe, const RecipeStep& step, const Graph& graph);

} // namespace lathe
