#include "app/prune_masks.h"

#include <fmt/format.h>

#include "app/command.h"
#include "app/output.h"
#include "app/prune_report.h"
#include "core/base/words.h"
#include "core/benchmark/as_run.h"
#include "core/graph/cost.h"
#include "core/pruning/prune.h"
#include "core/pruning/reparametrization.h"

namespace lathe::cli {

namespace {

constexpr std::size_t kMostNamed = 4;

Result<LoadedModel> masked(const LoadedModel& model, const PruneOptions& options, const MaskOptions& masks)
{
    const bool saysNothing = !options.amount && !options.method && masks.rules.empty() && masks.pattern.empty();
    if (masks.isPermanent && model.pruning && saysNothing && masks.maskFile.empty())
        return model; // its own masks are to be made permanent
    if (!takesMaskFile(options, masks))
        return planOf(options, masks).and_then([&](const PruningPlan& plan) { return prune(model, plan); });
    const bool saysMore = options.amount || !masks.rules.empty() || !masks.pattern.empty();
    if (masks.maskFile.empty() || saysMore)
        return fail(ErrorCode::InvalidArgument,
                    saysMore ? "Masks of one's own say what goes: leave --amount, --rule and --nm out."
                             : "Where are the masks? Name their file with --mask-file.");
    return readMasks(masks.maskFile).and_then([&](const StateDict& own) {
        return lathe::pruneByMasks(model, own, options.excluded, masks.maskFile);
    });
}

/// Weights whose inputs are no whole number of groups.
std::vector<std::string> withRest(const Graph& graph, const PruningPlan& plan)
{
    std::vector<std::string> names;
    const auto groups = selectParameters(graph, plan);
    for (std::size_t i = 0; groups && i < groups->size(); ++i) {
        const PruningGroup& group = (*groups)[i];
        const Parameter& parameter = graph.parameter(group.parameters.front());
        if (group.step.method == PruningStep::Method::NOfM && parameter.shape[1] % group.step.pattern.of != 0)
            names.push_back(parameter.name);
    }
    return names;
}

void addNotes(PruningReport& report, const PruneOptions& options, const MaskOptions& masks)
{
    const auto plan = takesMaskFile(options, masks) ? Result<PruningPlan>(PruningPlan{}) : planOf(options, masks);
    if (const auto names = plan ? withRest(report.before.graph, *plan) : std::vector<std::string>(); !names.empty())
        report.notes.push_back(
            fmt::format("Inputs behind the last whole group stay dense in {}.", listText(names, kMostNamed)));
    const LayerSparsity before = wholeSparsity(layerSparsity(report.before));
    if (before.pruned > 0 && wholeSparsity(report.layers).pruned == before.pruned && !report.before.pruning)
        report.notes.push_back("No further weight became 0: its zeros are the smallest there are, and they were there "
                               "before. Prune a file with masks to go on from them, or give a larger amount.");
    std::vector<std::string> empty;
    for (const LayerSparsity& layer : report.layers)
        if (layer.pruned == layer.numel && layer.numel > 0)
            empty.push_back(layer.layer);
    if (!empty.empty())
        report.notes.push_back(fmt::format("Nothing is left of {}: what comes out no longer depends on what goes in; "
                                           "exclude it, or choose a smaller amount.",
                                           listText(empty, kMostNamed)));
}

} // namespace

Result<void> pruneByMasks(const PruneOptions& options, const MaskOptions& masks)
{
    std::vector<std::string> notes;
    const Result<LoadedModel> model = loadWithWeights(options, notes);
    if (!model)
        return tl::unexpected(model.error());
    Result<LoadedModel> pruned = masked(*model, options, masks);
    if (!pruned)
        return tl::unexpected(pruned.error());
    PruningReport report{*model, *pruned, layerSparsity(*pruned), std::move(notes), options.out, masks.showsNames};
    addNotes(report, options, masks);
    if (masks.isPermanent)
        makePermanent(report.after);
    if (!options.out.empty())
        if (const auto written = saveModel(options.out, report.after); !written)
            return written;
    options.json ? printPruningJson(report) : printPruning(report);
    return {};
}

} // namespace lathe::cli
