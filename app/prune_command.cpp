#include <filesystem>
#include <memory>

#include <fmt/format.h>

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

Result<void> checkOut(const std::string& out, const std::string& model)
{
    if (out.empty())
        return {};
    const std::filesystem::path path(out);
    const std::string ending = path.extension().string();
    if (ending != ".safetensors" && ending != ".pt" && ending != ".pth")
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("--out {} does not say what to write; end its name in .safetensors, .pt or .pth.", out));
    std::error_code missing;
    if (std::filesystem::equivalent(path, model, missing))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("--out {} is the file that is pruned; give it a name of its own.", out));
    return checkPlace(out);
}

Result<void> run(const Options& options)
{
    if (const auto possible = checkOut(options.common.out, options.common.model); !possible)
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
