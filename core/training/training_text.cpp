#include "core/training/training_text.h"

#include <fmt/format.h>

namespace lathe {

namespace {

struct Mistake {
    std::size_t label = 0;
    std::size_t taken = 0;
    std::int64_t count = 0;
};

Mistake commonest(const Evaluation& evaluation)
{
    Mistake worst;
    for (std::size_t label = 0; label < evaluation.confusion.size(); ++label)
        for (std::size_t taken = 0; taken < evaluation.confusion[label].size(); ++taken)
            if (taken != label && evaluation.confusion[label][taken] > worst.count)
                worst = {label, taken, evaluation.confusion[label][taken]};
    return worst;
}

} // namespace

std::string percentText(double fraction)
{
    return fmt::format("{:.2f} %", 100.0 * fraction);
}

std::vector<std::string> evaluationSentences(const Evaluation& evaluation, const std::vector<std::string>& classNames)
{
    std::vector<std::string> sentences{
        fmt::format("{} of {} test images are sorted right (95 % interval {} to {}).", percentText(evaluation.accuracy),
                    evaluation.samples, percentText(evaluation.interval.low), percentText(evaluation.interval.high))};
    if (const Mistake worst = commonest(evaluation); worst.count > 0)
        sentences.push_back(fmt::format("The commonest mistake: {} taken for {}, {} times.", classNames[worst.label],
                                        classNames[worst.taken], worst.count));
    return sentences;
}

} // namespace lathe
