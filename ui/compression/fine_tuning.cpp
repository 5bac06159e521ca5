#include "ui/compression/fine_tuning.h"

#include <fmt/format.h>

namespace lathe::ui {

TrainingEvents fineTuningEvents(const ProgressSink& progress)
{
    TrainingEvents events;
    events.stepDone = [progress](const TrainingProgress& p) {
        const double done = p.epoch - 1 + static_cast<double>(p.step) / static_cast<double>(p.steps);
        progress({done / p.epochs, fmt::format("fine-tuning, epoch {} of {}", p.epoch, p.epochs)});
    };
    return events;
}

} // namespace lathe::ui
