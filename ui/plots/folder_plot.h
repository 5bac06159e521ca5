#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"
#include "ui/plots/plot_export.h"

namespace lathe::ui {

/// What of a folder is drawn: "accuracy" or "loss" of an experiment with a teacher, "waterfall" or "front" of a recipe.
struct FolderPlot {
    std::string what;    ///< empty: accuracy, or waterfall
    std::string variant; ///< that the waterfall leads to, as its title has it; empty: the last
    std::string title;
};

/// A plot of what `lathe distill` or `lathe recipe` left in a folder, without a window: needs a QApplication.
/// InvalidArgument where the folder has no such plot; NotFound where it holds neither.
Result<void> exportFolderPlot(const std::filesystem::path& folder, const FolderPlot& plot,
                              const std::filesystem::path& out, const ExportOptions& options);

} // namespace lathe::ui
