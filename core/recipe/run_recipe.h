#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/compression/accuracy_change.h"
#include "core/datasets/dataset.h"
#include "core/formats/model_file.h"
#include "core/recipe/recipe.h"
#include "core/session/record.h"
#include "core/training/training.h"

/// Does what a recipe says, and measures every network on the way.
namespace lathe {

struct RecipeSubject {
    Recipe recipe;
    Dataset dataset;
    LoadedModel start; ///< without weights where the recipe begins with an architecture
};

/// Loads what the recipe begins with, and looks at all that it names: what cannot be is said before any work.
Result<RecipeSubject> loadRecipe(const Recipe& recipe);

/// Time of an inference in turns with the first network, so that what happens on the machine meets both alike.
struct TimeShare {
    double ratio = 1.0; ///< of the first network's time
    double low = 1.0;   ///< interval at kComparisonConfidence; of several rounds what holds all of theirs
    double high = 1.0;
    int rounds = 1; ///< one when the network was made, one with all others at the end
};

/// Of two timings of the same network at different times: the geometric mean, in an interval that holds both.
TimeShare together(const TimeShare& a, const TimeShare& b);

/// One network of a recipe and its figures.
struct RecipeResultStep {
    int number = 0;  ///< of the recipe's step; 0: the file that it began with
    int parent = -1; ///< index among the results; -1: none
    std::string kind;
    std::string title;   ///< "prune 50 % of the channels"
    std::string variant; ///< as PlannedStep's
    std::filesystem::path model;
    std::int64_t parameters = 0;
    std::int64_t macs = 0; ///< of one sample
    std::int64_t fileBytes = 0;
    Evaluation test;                           ///< on the dataset's test images, in the mode that it is timed in
    std::optional<AccuracyChange> change = {}; ///< from the network before
    Record record;                             ///< with the accuracy; for sessions
    TimeShare time;
    double milliseconds = 0.0; ///< of an inference: the first network's median times the ratio
    bool isOnFront = false;    ///< no other network is as fast and as accurate, and better in one
    bool isLast = false;       ///< the recipe ends with it
};

struct RecipeResult {
    std::string name;
    std::string dataset;
    std::vector<RecipeResultStep> steps; ///< in the order of `planOf`, behind the file that it began with
};

/// What a recipe tells as it goes, on its own thread; any may be empty.
struct RecipeEvents {
    std::function<void(std::size_t index, std::size_t count, const std::string& title)> began;
    ProgressSink progress; ///< of the step
    std::function<void(const EpochResult&)> epochDone;
    std::function<void(const RecipeResultStep&)> done; ///< those of an earlier run too
};

/// Runs it in a folder, which is made where it is missing. Every network is kept there, with its figures; its name
/// holds a checksum of all that led to it, so that an edited recipe goes on in the same folder from the last step that
/// is the same, and what was stopped or killed goes on from its last epoch. "recipe.json" is the recipe, "result.json"
/// what it came to. InvalidArgument for a folder with other files. Test images are for the figures alone; the epochs
/// that are kept are chosen by validation.
Result<RecipeResult> runRecipe(const RecipeSubject& subject, const std::filesystem::path& folder,
                               const RecipeEvents& events, std::stop_token stop);

/// What the folder's last run came to. NotFound where none came to its end.
Result<RecipeResult> readRecipeResult(const std::filesystem::path& folder);

} // namespace lathe
