#pragma once

#include <filesystem>

#include "core/distillation/experiment.h"

namespace lathe::ui {

/// An experiment as it is asked for. What the student is usually trained with is only known once it is loaded.
struct DistilWish {
    ExperimentNames names;
    ExperimentChoices choices;
    std::filesystem::path folder;
};

} // namespace lathe::ui
