#pragma once

#include <string>
#include <vector>

#include "core/recipe/run_recipe.h"

namespace lathe {

/// "prune 50 % of the channels", and in a sweep "fine-tune (50 %)".
std::string stepTitle(const RecipeResultStep& step);

/// What one step did: accuracy with its interval, time beside the first network's, file and MACs beside those before.
std::string stepSentence(const RecipeResult& result, std::size_t index);

/// What it came to: of each network that the recipe ends with, or where there are several, of those on the front.
std::vector<std::string> recipeSentences(const RecipeResult& result);

/// `{"name", "dataset", "steps": [{"step", "title", "accuracy", "latency_ms", ...}], "sentences": [...]}`; a result
/// that is read back has no predictions, and no records.
std::string recipeResultJson(const RecipeResult& result);
Result<RecipeResult> recipeResultFromJson(const std::string& text);

/// Two or more recipes, one sentence for each beside the first: of their last networks the most accurate.
std::vector<std::string> comparisonSentences(const std::vector<RecipeResult>& results);

} // namespace lathe
