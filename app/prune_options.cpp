#include "app/prune_options.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "app/command.h"
#include "core/benchmark/as_run.h"

namespace lathe::cli {

namespace {

constexpr const char* kCustom = "custom";

Result<ChannelNorm> normOf(const MaskOptions& masks)
{
    ChannelNorm norm{std::numeric_limits<double>::infinity(), masks.axis};
    if (masks.norm == "inf")
        return norm;
    const char* const end = masks.norm.data() + masks.norm.size();
    const auto [rest, error] = std::from_chars(masks.norm.data(), end, norm.n);
    if (error != std::errc() || rest != end || !(norm.n > 0.0))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("--norm {} is no norm; write a number above 0 such as 2, or inf.", masks.norm));
    return norm;
}

/// The step for all layers that no rule means; nothing where rules alone say what is pruned.
Result<std::optional<PruningStep>> commonStep(const PruneOptions& options, const MaskOptions& masks,
                                              const ChannelNorm& norm)
{
    if (!masks.pattern.empty() && (options.amount || options.method))
        return fail(ErrorCode::InvalidArgument, "--nm says what stays by itself; leave --method and --amount out.");
    if (!masks.pattern.empty())
        return stepFromText(masks.pattern, norm).map([](const PruningStep& step) { return std::optional(step); });
    if (!options.amount && !masks.rules.empty() && !options.method)
        return std::optional<PruningStep>();
    if (!options.amount)
        return fail(ErrorCode::InvalidArgument, "How much should go? Write --amount 0.3 for a share, --amount 30 for "
                                                "a number of entries, or rules like --rule conv=l1:0.2.");
    return stepFromText(fmt::format("{}:{}", options.method.value_or("l1"), *options.amount), norm)
        .map([](const PruningStep& step) { return std::optional(step); });
}

} // namespace

void addPruneOptions(CLI::App& app, PruneOptions& options)
{
    app.add_option("model", options.model, "An architecture's name or a model file; a pruned one is pruned further")
        ->required();
    app.add_option("--input", options.input, "Input size such as 3x224x224; the model's by default");
    app.add_option("--method", options.method,
                   "What goes: of masks l1 (small magnitudes), random, ln (whole channels) or custom (--mask-file), "
                   "by default l1; with --structured l1, l2, random, bn-scale or taylor, by default l2");
    app.add_option("--amount", options.amount, "How much goes: a share such as 0.3, or a number such as 30");
    app.add_option("--scope", options.scope, "layer: each layer loses the amount; global: all of them together (layer)")
        ->check(CLI::IsMember({"layer", "global"}));
    addListOption(app, "--exclude", options.excluded, "Layers that stay as they are: names, also with * and ?");
    app.add_option("--seed", options.seed, "Of what is drawn at random (1)");
    app.add_option("--out", options.out, "The file to write: .safetensors, or .pt as torch.save writes it");
    app.add_flag("--json", options.json, "One JSON document on standard output");
}

void addMaskOptions(CLI::App& app, MaskOptions& options)
{
    app.add_flag("--unstructured", options.isUnstructured,
                 "Masks on single weights, as torch.nn.utils.prune makes them (by default)");
    app.add_option("--nm", options.pattern, "Masks that leave N of each M consecutive inputs, such as 2:4");
    app.add_option("--mask-file", options.maskFile,
                   "Masks of one's own: a file with tensors of 0 and 1 named <parameter>_mask or <parameter>");
    app.add_option("--rule", options.rules,
                   "LAYERS=METHOD:AMOUNT, such as conv=l1:0.2, linear=random:0.4, 'layer1.*=l1:30' or fc=2:4; the last "
                   "that means a layer holds")
        ->allow_extra_args(false);
    app.add_flag("--bias", options.biases, "Biases lose the amount too; --rule '*.bias=l1:0.2' means them alone");
    app.add_flag("--permanent", options.isPermanent, "The masks go and the zeros stay, as after prune.remove");
    app.add_flag("--names", options.showsNames, "Parameters and buffers before and after, side by side");
    app.add_option("--norm", options.norm, "Of a channel, for ln: 2, 1, inf or another number (2)");
    app.add_option("--axis", options.axis, "That channels lie along, for ln: 0 outputs, 1 inputs (0)");
}

Result<LoadedModel> loadWithWeights(const PruneOptions& options, std::vector<std::string>& notes)
{
    Result<LoadedModel> model = loadArgument(options.model, options.input, 0);
    if (!model)
        return model;
    notes = model->notes;
    if (!model->weights.empty() || model->graph.isSealed())
        return model;
    notes.push_back(fmt::format("{} is an architecture without trained weights: they were drawn at random, so which of "
                                "them go says nothing of a trained network.",
                                model->name));
    return loadBackend().and_then([&](Backend* backend) { return asRun(*backend, *model, Mode::Eager, options.seed); });
}

bool takesMaskFile(const PruneOptions& options, const MaskOptions& masks)
{
    return options.method == kCustom || !masks.maskFile.empty();
}

Result<PruningPlan> planOf(const PruneOptions& options, const MaskOptions& masks)
{
    PruningPlan plan;
    plan.excluded = options.excluded;
    plan.isGlobal = options.scope == "global";
    plan.biases = masks.biases;
    plan.seed = options.seed;
    const Result<ChannelNorm> norm = normOf(masks);
    if (!norm)
        return tl::unexpected(norm.error());
    const auto common = commonStep(options, masks, *norm);
    if (!common)
        return tl::unexpected(common.error());
    if (*common)
        plan.rules.push_back({"*", **common});
    for (const std::string& text : masks.rules) {
        const Result<PruningRule> rule = ruleFromText(text, *norm);
        if (!rule)
            return tl::unexpected(rule.error());
        plan.rules.push_back(*rule);
    }
    return plan;
}

} // namespace lathe::cli
