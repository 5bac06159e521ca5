#include "core/training/options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lathe {

namespace {

using Kind = OptimizerOptions::Kind;

template <class Value> using Names = std::array<std::pair<Value, std::string_view>, 3>;

constexpr Names<Kind> kOptimizers{{{Kind::Sgd, "sgd"}, {Kind::Adam, "adam"}, {Kind::AdamW, "adamw"}}};
constexpr std::array<std::pair<Schedule, std::string_view>, 2> kSchedules{
    {{Schedule::Cosine, "cosine"}, {Schedule::Constant, "constant"}}};
constexpr Names<Distillation::Loss> kTeacherLosses{{{Distillation::Loss::SoftLabels, "soft-labels"},
                                                    {Distillation::Loss::Logits, "logits"},
                                                    {Distillation::Loss::HardLabels, "hard-labels"}}};
constexpr std::array<std::pair<Hint::Kind, std::string_view>, 2> kHints{
    {{Hint::Kind::Features, "features"}, {Hint::Kind::Attention, "attention"}}};

// Of the views that are the same for every training.
constexpr std::uint64_t kViewSeed = 0x7669657773; // "views"

template <class Table, class Value> std::string_view nameIn(const Table& table, Value value)
{
    return std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == value; })->second;
}

template <class Value, class Table>
Result<Value> valueIn(const Table& table, std::string_view name, std::string_view what)
{
    std::string known;
    for (const auto& [value, own] : table) {
        if (own == name)
            return value;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", own);
    }
    return fail(ErrorCode::InvalidArgument, fmt::format("There is no {} \"{}\"; choose from {}.", what, name, known));
}

bool hasBatchNorm(const Graph& graph)
{
    return std::any_of(graph.nodes().begin(), graph.nodes().end(),
                       [](const Node& node) { return std::holds_alternative<op::BatchNorm2d>(node.operation); });
}

bool outside(double value, double low, double high)
{
    return !(value >= low && value <= high);
}

std::string complaint(const Distillation& d)
{
    if (outside(d.temperature, 0.01, 1000.0))
        return fmt::format("a temperature of {} cannot be; choose from 0.01 to 1000, such as 4", d.temperature);
    if (outside(d.alpha, 0.0, 1.0))
        return fmt::format("an alpha of {} cannot be; choose from 0 to 1, such as 0.9", d.alpha);
    if (d.hint && outside(d.hint->weight, 0.0, 1e9))
        return fmt::format("a hint's weight of {} cannot be; choose from 0 to 1e9", d.hint->weight);
    return {};
}

/// What is wrong with one of them; empty if nothing is.
std::string complaint(const TrainingOptions& o)
{
    if (o.epochs < 1 || o.epochs > 100'000)
        return fmt::format("{} epochs cannot be trained for; choose from 1 to 100000", o.epochs);
    if (o.batch < 2 || o.batch > 1'000'000)
        return fmt::format("a batch of {} cannot be; choose from 2 to 1000000", o.batch);
    if (!(o.learningRate > 0.0) || !std::isfinite(o.learningRate))
        return fmt::format("a learning rate of {} cannot be; choose one above 0, such as 0.01", o.learningRate);
    if (outside(o.optimizer.momentum, 0.0, 0.9999))
        return fmt::format("a momentum of {} cannot be; choose from 0 to 0.9999", o.optimizer.momentum);
    if (o.optimizer.nesterov && o.optimizer.momentum == 0.0)
        return "Nesterov's method needs a momentum; give one above 0";
    if (outside(o.optimizer.weightDecay, 0.0, 1e6))
        return fmt::format("a weight decay of {} cannot be; choose one from 0 on, such as 0.0005",
                           o.optimizer.weightDecay);
    if (outside(o.labelSmoothing, 0.0, 0.999))
        return fmt::format("a label smoothing of {} cannot be; choose from 0 to 0.999", o.labelSmoothing);
    if (outside(o.warmUpEpochs, 0.0, o.epochs))
        return fmt::format("a warm-up of {} epochs does not fit into {}; choose a shorter one", o.warmUpEpochs,
                           o.epochs);
    if (outside(o.validationShare, 0.0, 0.9))
        return fmt::format("a validation share of {} cannot be; choose from 0 to 0.9", o.validationShare);
    if (o.kept == Kept::Best && o.validationShare == 0.0)
        return "the best epoch is told by validation; give a validation share above 0";
    if (o.patience < 0 || o.patience > 100'000)
        return fmt::format("a patience of {} epochs cannot be; choose from 1 to 100000", o.patience);
    if (o.patience > 0 && o.validationShare == 0.0)
        return "patience looks at the validation; give a validation share above 0";
    if (o.views < 0 || o.views > 1000)
        return fmt::format("{} views of an image cannot be; choose from 1 to 1000", o.views);
    if (o.views > 0 && o.augmentation == Augmentation{})
        return "views are changed images; choose an augmentation, such as crop";
    if (o.distillation)
        return complaint(*o.distillation);
    return {};
}

nlohmann::ordered_json toJson(const Distillation& d)
{
    nlohmann::ordered_json json{{"loss", name(d.loss)}, {"alpha", d.alpha}};
    if (d.loss == Distillation::Loss::SoftLabels)
        json["temperature"] = d.temperature;
    if (d.hint)
        json["hint"] = {{"kind", name(d.hint->kind)}, {"node", d.hint->node}, {"weight", d.hint->weight}};
    return json;
}

} // namespace

TrainingOptions usualOptions(const Graph& graph, std::optional<Kind> optimizer)
{
    const bool isNormalised = hasBatchNorm(graph);
    TrainingOptions options;
    options.optimizer.kind = optimizer.value_or(isNormalised ? Kind::Sgd : Kind::AdamW);
    const bool isSgd = options.optimizer.kind == Kind::Sgd;
    options.optimizer.nesterov = isSgd;
    options.optimizer.weightDecay = isSgd ? 5e-4 : options.optimizer.kind == Kind::AdamW ? 0.01 : 0.0;
    options.learningRate = isSgd ? (isNormalised ? 0.2 : 0.05) : 0.003;
    options.epochs = isNormalised ? 12 : 15;
    options.warmUpEpochs = isNormalised ? 2.0 : 1.0;
    if (isNormalised)
        options.augmentation = {usualCropPadding(graph.inputShape()), true};
    return options;
}

std::int64_t usualCropPadding(const Shape& image)
{
    return std::max<std::int64_t>(1, image.back() / 8);
}

AugmentationDraw drawOf(const TrainingOptions& options, int epoch)
{
    if (options.views > 0)
        return {kViewSeed, static_cast<std::uint64_t>(viewOf(options, epoch))};
    return {options.seed, static_cast<std::uint64_t>(epoch)};
}

std::int64_t viewOf(const TrainingOptions& options, int epoch)
{
    return options.views > 0 ? epoch % options.views : 0;
}

Result<void> check(const TrainingOptions& options)
{
    std::string wrong = complaint(options);
    if (wrong.empty())
        return {};
    wrong.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(wrong.front())));
    return fail(ErrorCode::InvalidArgument, wrong + ".");
}

double learningRateAt(const TrainingOptions& options, std::int64_t step, std::int64_t steps, std::int64_t stepsPerEpoch)
{
    const double warmUp = std::floor(options.warmUpEpochs * static_cast<double>(stepsPerEpoch));
    const auto done = static_cast<double>(step);
    if (done < warmUp)
        return options.learningRate * (done + 1.0) / warmUp;
    if (options.schedule == Schedule::Constant)
        return options.learningRate;
    const double share = (done - warmUp) / std::max(1.0, static_cast<double>(steps) - warmUp);
    return options.learningRate * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

std::string_view name(OptimizerOptions::Kind kind)
{
    return nameIn(kOptimizers, kind);
}

std::string_view name(Schedule schedule)
{
    return nameIn(kSchedules, schedule);
}

std::string_view name(Distillation::Loss loss)
{
    return nameIn(kTeacherLosses, loss);
}

std::string_view name(Hint::Kind kind)
{
    return nameIn(kHints, kind);
}

Result<Distillation::Loss> teacherLossFromName(std::string_view name)
{
    return valueIn<Distillation::Loss>(kTeacherLosses, name, "loss");
}

Result<Hint::Kind> hintFromName(std::string_view name)
{
    return valueIn<Hint::Kind>(kHints, name, "hint");
}

Result<OptimizerOptions::Kind> optimizerFromName(std::string_view name)
{
    return valueIn<Kind>(kOptimizers, name, "optimizer");
}

Result<Schedule> scheduleFromName(std::string_view name)
{
    return valueIn<Schedule>(kSchedules, name, "schedule");
}

std::string describe(const TrainingOptions& o)
{
    nlohmann::ordered_json json{{"epochs", o.epochs},
                                {"batch", o.batch},
                                {"optimizer", name(o.optimizer.kind)},
                                {"learning_rate", o.learningRate},
                                {"momentum", o.optimizer.momentum},
                                {"nesterov", o.optimizer.nesterov},
                                {"weight_decay", o.optimizer.weightDecay},
                                {"schedule", name(o.schedule)},
                                {"warm_up", o.warmUpEpochs},
                                {"label_smoothing", o.labelSmoothing},
                                {"crop_padding", o.augmentation.cropPadding},
                                {"flip", o.augmentation.flip},
                                {"validation", o.validationShare},
                                {"keep", o.kept == Kept::Best ? "best" : "last"},
                                {"seed", o.seed}};
    if (o.patience > 0)
        json["patience"] = o.patience;
    if (o.views > 0)
        json["views"] = o.views;
    if (o.distillation)
        json["distillation"] = toJson(*o.distillation);
    return json.dump();
}

} // namespace lathe
