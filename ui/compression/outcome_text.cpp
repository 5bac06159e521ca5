#include "ui/compression/outcome_text.h"

#include <cmath>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/training/training_text.h"

namespace lathe::ui {

std::string outputText(const OutputError& error, const std::string& exact)
{
    if (std::isinf(error.sqnrDb()))
        return "its output is exactly that of " + exact;
    const std::string kept = fmt::format("its output keeps {} dB", formatFixed(error.sqnrDb(), 1));
    if (error.samples < 2)
        return kept;
    return fmt::format("{} (the same top class for {} of {} inputs)", kept, error.agreeing, error.samples);
}

std::string accuracyText(const AccuracyChange& change)
{
    const Evaluation& before = change.before;
    const Evaluation& after = change.after;
    return fmt::format("{} On {} test images: {} to {} before, {} to {} after (95 % intervals).",
                       accuracySentence(change), before.samples, percentText(before.interval.low),
                       percentText(before.interval.high), percentText(after.interval.low),
                       percentText(after.interval.high));
}

} // namespace lathe::ui
