#include "core/recipe/recipe.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/architectures/catalogue.h"
#include "core/base/words.h"
#include "core/datasets/dataset_name.h"
#include "core/engine/backend.h"
#include "core/pruning/channel_scores.h"
#include "core/quantization/observers.h"
#include "core/quantization/post_training.h"
#include "core/training/options.h"

namespace lathe {

namespace {

constexpr std::size_t kMostPlanned = 200;

std::string percentList(const std::vector<double>& shares)
{
    std::vector<std::string> words;
    for (const double share : shares)
        words.push_back(formatSignificant(100.0 * share) + " %");
    return listText(words);
}

struct Titles {
    std::string operator()(const TrainStep&) const { return "train"; }
    std::string operator()(const FineTuneStep&) const { return "fine-tune"; }
    std::string operator()(const DistilStep& s) const
    {
        return s.teacher.empty() ? fmt::format("distil into {}", s.student)
                                 : fmt::format("distil from {}", std::filesystem::path(s.teacher).filename().string());
    }
    std::string operator()(const PruneStep& s) const
    {
        return fmt::format("prune {} of the {}", percentList(s.amount), s.kind);
    }
    std::string operator()(const QuantizeStep& s) const { return "quantize " + listText(s.scheme); }
};

// What a step needs and leaves.

enum class Weights { None, Trained, Quantized, QuantizedAndTuned };

std::string where(std::size_t index, const RecipeStep& step)
{
    return fmt::format("Step {} ({})", index + 1, kindOf(step));
}

struct Checks {
    std::string operator()(const TrainStep&) const { return {}; }
    std::string operator()(const FineTuneStep&) const { return {}; }
    std::string operator()(const DistilStep& s) const
    {
        if (s.teacher.empty() == s.student.empty())
            return "needs either a \"student\" that the network so far teaches, or a \"teacher\" for it.";
        const auto loss = teacherLossFromName(s.loss);
        return loss ? std::string() : "cannot be: " + loss.error().message;
    }
    std::string operator()(const PruneStep& s) const
    {
        if (s.kind != "channels" && s.kind != "weights")
            return fmt::format("prunes \"channels\" or \"weights\", not \"{}\".", s.kind);
        if (s.scope != "layer" && s.scope != "global")
            return fmt::format("has the scope \"layer\" or \"global\", not \"{}\".", s.scope);
        if (s.amount.empty())
            return "needs an amount, such as 0.5.";
        for (const double amount : s.amount)
            if (!(amount > 0.0 && amount < 1.0))
                return fmt::format("cannot prune {}; write a share above 0 and below 1, such as 0.5.", amount);
        if (s.kind == "weights")
            return s.criterion.empty() || s.criterion == "l1" || s.criterion == "random"
                       ? std::string()
                       : fmt::format("judges weights by \"l1\" or \"random\", not by \"{}\".", s.criterion);
        const auto criterion = channelCriterionFromName(s.criterion.empty() ? "l2" : s.criterion);
        return criterion ? std::string() : "cannot be: " + criterion.error().message;
    }
    std::string operator()(const QuantizeStep& s) const
    {
        if (s.scheme.empty())
            return "needs a scheme, such as static.";
        for (const std::string& scheme : s.scheme)
            if (const auto known = schemeFromName(scheme); !known)
                return "cannot be: " + known.error().message;
        if (const auto known = observerFromName(s.observer); !known)
            return "cannot be: " + known.error().message;
        return s.images >= 1 ? std::string() : "needs images to calibrate on, such as 512.";
    }
};

/// What is left behind a step, or what keeps it from being done there.
tl::expected<Weights, std::string> behind(const RecipeStep& step, Weights weights)
{
    if (weights == Weights::Quantized && std::holds_alternative<FineTuneStep>(step))
        return Weights::QuantizedAndTuned;
    if (weights == Weights::Quantized || weights == Weights::QuantizedAndTuned)
        return tl::unexpected(std::string(
            std::holds_alternative<FineTuneStep>(step)
                ? "comes after a network that is quantized and tuned already; give the step before more epochs."
                : "comes after quantizing, which only a fine-tune may follow; put it before."));
    const auto* distil = std::get_if<DistilStep>(&step);
    const bool makesWeights = std::holds_alternative<TrainStep>(step) || (distil && !distil->teacher.empty());
    if (weights == Weights::None && !makesWeights)
        return tl::unexpected(std::string("needs a trained network: name a model file, or train first."));
    return std::holds_alternative<QuantizeStep>(step) ? Weights::Quantized : Weights::Trained;
}

/// The step with each of the values it has several of, and what to call it.
struct Choice {
    RecipeStep step;
    std::string word; ///< empty where there is one
};
std::vector<Choice> choicesOf(const RecipeStep& step)
{
    std::vector<Choice> choices;
    if (const auto* prune = std::get_if<PruneStep>(&step))
        for (const double amount : prune->amount) {
            PruneStep one = *prune;
            one.amount = {amount};
            choices.push_back({one, prune->amount.size() > 1 ? formatSignificant(100.0 * amount) + " %" : ""});
        }
    else if (const auto* quantize = std::get_if<QuantizeStep>(&step))
        for (const std::string& scheme : quantize->scheme) {
            QuantizeStep one = *quantize;
            one.scheme = {scheme};
            choices.push_back({one, quantize->scheme.size() > 1 ? scheme : ""});
        }
    else
        choices.push_back({step, ""});
    return choices;
}

void plan(const Recipe& recipe, std::size_t index, int parent, const std::string& variant,
          std::vector<PlannedStep>& planned)
{
    if (index == recipe.steps.size())
        return;
    for (const Choice& choice : choicesOf(recipe.steps[index])) {
        if (planned.size() > kMostPlanned) // check() says so
            return;
        const std::string name =
            variant.empty() || choice.word.empty() ? variant + choice.word : variant + ", " + choice.word;
        planned.push_back({static_cast<int>(index) + 1, parent, choice.step, name});
        plan(recipe, index + 1, static_cast<int>(planned.size()) - 1, name, planned);
    }
}

} // namespace

const std::vector<std::string>& stepKinds()
{
    static const std::vector<std::string> kinds{"train", "distil", "prune", "fine-tune", "quantize"};
    return kinds;
}

std::string kindOf(const RecipeStep& step)
{
    return stepKinds()[step.index()];
}

Result<RecipeStep> stepOfKind(const std::string& kind)
{
    if (kind == "train")
        return TrainStep{};
    if (kind == "distil" || kind == "distill")
        return DistilStep{};
    if (kind == "prune")
        return PruneStep{};
    if (kind == "fine-tune")
        return FineTuneStep{};
    if (kind == "quantize")
        return QuantizeStep{};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no step \"{}\"; choose from {}.", kind, listText(stepKinds())));
}

std::string titleOf(const RecipeStep& step)
{
    return std::visit(Titles{}, step);
}

Result<void> check(const Recipe& recipe)
{
    if (recipe.model.empty() || recipe.dataset.empty())
        return fail(ErrorCode::InvalidArgument, "A recipe needs a \"model\" to begin with, an architecture or a model "
                                                "file, and a \"dataset\".");
    if (const auto dataset = datasetFromText(recipe.dataset).and_then(whole); !dataset)
        return tl::unexpected(dataset.error());
    if (recipe.steps.empty())
        return fail(ErrorCode::InvalidArgument,
                    "A recipe needs at least one of the \"steps\" " + listText(stepKinds()) + ".");
    if (const auto mode = modeFromName(recipe.measure.mode); !mode)
        return tl::unexpected(mode.error());
    else if (needsQuantization(*mode))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("The mode of \"measure\" is that of the networks in float, such as fused, and not {}.",
                                recipe.measure.mode));
    if (recipe.measure.batch < 1 || !(recipe.measure.maxSeconds > 0.0) || recipe.threads < 0)
        return fail(ErrorCode::InvalidArgument, "\"measure\" needs a batch of at least 1, seconds above 0 and no "
                                                "negative number of threads.");
    Weights weights = findArchitecture(recipe.model) ? Weights::None : Weights::Trained;
    for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
        const RecipeStep& step = recipe.steps[i];
        const std::string problem = std::visit(Checks{}, step);
        const auto left = behind(step, weights);
        if (!problem.empty() || !left)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} {}", where(i, step), problem.empty() ? left.error() : problem));
        weights = *left;
    }
    if (planOf(recipe).size() > kMostPlanned)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("The lists in this recipe come to more than {} steps; try fewer values at once.",
                                kMostPlanned));
    return {};
}

std::vector<PlannedStep> planOf(const Recipe& recipe)
{
    std::vector<PlannedStep> planned;
    plan(recipe, 0, -1, {}, planned);
    return planned;
}

Recipe exampleRecipe()
{
    Recipe recipe;
    recipe.name = "LeNet, smaller";
    recipe.model = "lenet";
    recipe.dataset = "fashion-mnist";
    TrainStep train;
    train.training.epochs = 5;
    FineTuneStep tune;
    tune.training.epochs = 2;
    recipe.steps = {train, PruneStep{}, tune, QuantizeStep{}};
    return recipe;
}

} // namespace lathe
