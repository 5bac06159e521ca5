#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/training/choices.h"

/// A recipe: what is done to a network, step by step, until it is cheap enough.
namespace lathe {

struct TrainStep {
    TrainingChoices training = {};
};

/// Training as one does it after compression: with a small learning rate, the best epoch kept. Masks stay, and a
/// quantized network is trained under its rounding.
struct FineTuneStep {
    TrainingChoices training = {};
};

/// Either a student that the network so far teaches and that goes on in its place, or a teacher for the network so far.
struct DistilStep {
    std::string student; ///< an architecture or a model file
    std::string teacher; ///< a model file
    std::string loss = "soft-labels";
    double temperature = 4.0;
    double alpha = 0.9;
    int views = 0; ///< TrainingOptions::views
    TrainingChoices training = {};
};

struct PruneStep {
    std::vector<double> amount{0.5}; ///< shares above 0 and below 1; several are tried each by itself
    std::string kind = "channels";   ///< or "weights": masks
    std::string criterion;           ///< empty: l2 of channels, l1 of weights
    std::string scope = "layer";     ///< or "global"
    std::vector<std::string> exclude = {};
};

struct QuantizeStep {
    std::vector<std::string> scheme{"static"}; ///< "dynamic", "weight-only"; several are tried each by itself
    std::int64_t images = 512;                 ///< to calibrate on
    std::string observer = "mse";              ///< of activations
    std::vector<std::string> keep = {};        ///< layers that stay in float32
    bool equalize = false;
    bool biasCorrection = false;
};

using RecipeStep = std::variant<TrainStep, DistilStep, PruneStep, FineTuneStep, QuantizeStep>;

/// "train", "distil", "prune", "fine-tune", "quantize".
std::string kindOf(const RecipeStep& step);
/// With what it is usually done with. InvalidArgument for another word.
Result<RecipeStep> stepOfKind(const std::string& kind);
const std::vector<std::string>& stepKinds();

/// "prune 50 % of the channels", "distil into lenet"; with the list where several things are tried.
std::string titleOf(const RecipeStep& step);

/// How every network on the way is timed.
struct RecipeMeasuring {
    std::string mode = "fused"; ///< of those in float; quantized ones run as they were made
    std::int64_t batch = 1;
    double maxSeconds = 5.0; ///< for a record, and as much again for the turns with the first network
};

struct Recipe {
    std::string name;
    std::string model;   ///< an architecture, or a model file
    std::string dataset; ///< as in dataset_name.h, whole
    std::uint64_t seed = 0;
    int threads = 0; ///< 0: all cores
    RecipeMeasuring measure = {};
    std::vector<RecipeStep> steps;
};

/// One line of a setting a step: {"model": "resnet20", "dataset": "fashion-mnist", "steps": [{"step": "train"}, ...]}.
/// What is not written has its usual value; an entry that there is not is InvalidArgument.
std::string recipeToJson(const Recipe& recipe);
Result<Recipe> recipeFromJson(const std::string& text);
Result<Recipe> readRecipe(const std::filesystem::path& file);

/// One sentence about the first step that cannot be done where it stands, or whose settings cannot be.
Result<void> check(const Recipe& recipe);

/// A step with one value a setting, and where it stands in the tree of all that is tried.
struct PlannedStep {
    int number = 0;  ///< of the recipe's step, from 1
    int parent = -1; ///< index among the planned ones; -1: the recipe's own network
    RecipeStep step;
    std::string variant; ///< what was chosen so far of settings with several: "50 %", "50 %, static"
};

/// Depth first, so that one variant is whole before the next is begun; what variants have in common is there once.
std::vector<PlannedStep> planOf(const Recipe& recipe);

/// A recipe to begin with: what a newcomer would do to a small network.
Recipe exampleRecipe();

} // namespace lathe
