#pragma once

#include <filesystem>
#include <string>

#include "core/recipe/run_recipe.h"

/// How a recipe's folder keeps networks and their figures.
namespace lathe {

inline constexpr const char* kRecipeFile = "recipe.json";
inline constexpr const char* kRecipeResultFile = "result.json";

/// Makes the folder the recipe's and writes it there. InvalidArgument where it holds other files.
Result<void> claimRecipeFolder(const std::filesystem::path& folder, const Recipe& recipe);

/// All that a network depends on, as text: what the recipe begins with, and its images.
std::string startIdentity(const RecipeSubject& subject);
/// The same of a step behind the network of that identity.
std::string stepIdentity(const std::string& before, const RecipeStep& step);

/// "2-prune-50-1a2b3c4d.safetensors".
std::string stepFileName(const PlannedStep& step, const std::string& identity);
/// "2-prune-50-1a2b3c4d.json".
std::filesystem::path resultBeside(std::filesystem::path model);

/// Whether the network was written to its end and has not changed since; `writeWhole` says that it was.
bool isWhole(const std::filesystem::path& model);
Result<void> writeWhole(const std::filesystem::path& model);

/// What figures hold for: how they were measured, and what the first network was.
std::string conditionsOf(const Recipe& recipe, int threads, const std::string& first);

/// Takes over what `writeFigures` kept, where it is of that network, those conditions and a machine like this.
bool readFigures(const std::filesystem::path& file, const std::string& identity, const std::string& conditions,
                 const Environment& here, RecipeResultStep& step);
Result<void> writeFigures(const std::filesystem::path& file, const std::string& identity, const std::string& conditions,
                          const RecipeResultStep& step);

} // namespace lathe
