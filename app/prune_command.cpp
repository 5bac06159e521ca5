#include <memory>

#include "app/command.h"
#include "app/prune_masks.h"
#include "app/prune_options.h"
#include "app/prune_structured.h"
#include "app/prune_study.h"
#include "core/base/files.h"

namespace lathe::cli {

namespace {

struct Options {
    PruneOptions common;
    MaskOptions masks;
    StructuredOptions structured;
    StudyOptions study;
};

Result<void> run(const Options& options)
{
    if (const auto possible = options.common.out.empty() ? Result<void>() : checkPlace(options.common.out); !possible)
        return possible;
    if (options.study.isAskedFor())
        return studyPruning(options.common, options.masks, options.structured, options.study);
    return options.structured.isStructured ? pruneStructured(options.common, options.structured)
                                           : pruneByMasks(options.common, options.masks);
}

} // namespace

void addPrune(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("prune", "Take weights or whole channels out of a network");
    const auto options = std::make_shared<Options>();
    addPruneOptions(*command, options->common);
    addMaskOptions(*command, options->masks);
    addStructuredOptions(*command, options->structured);
    addStudyOptions(*command, options->study);
    command->callback([&action, options] { action = [options] { return run(*options); }; });
}

} // namespace lathe::cli
