#include "core/distillation/experiment_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/student_t.h"
#include "core/graph/cost.h"
#include "core/training/training_json.h"
#include "core/training/training_text.h"

namespace lathe {

namespace {

using Json = nlohmann::ordered_json;

// Where advice changes, fractions.
constexpr double kSmallLead = 0.01;
constexpr double kFitsWell = 0.02;

constexpr int kMostSeeds = 100;

double meanAccuracy(const std::vector<ArmResult>& arms)
{
    double sum = 0.0;
    for (const ArmResult& arm : arms)
        sum += arm.test.accuracy;
    return sum / static_cast<double>(arms.size());
}

double meanTrainingAccuracy(const std::vector<ArmResult>& arms)
{
    double sum = 0.0;
    for (const ArmResult& arm : arms)
        sum += arm.history.empty() ? 0.0 : arm.history.back().accuracy;
    return sum / static_cast<double>(arms.size());
}

std::string verdictSentence(TeacherVerdict verdict)
{
    switch (verdict) {
    case TeacherVerdict::Improved:
        return "The teacher helped: the interval leaves out 0.";
    case TeacherVerdict::Worsened:
        return "The teacher did harm: the interval leaves out 0.";
    case TeacherVerdict::NoneShown:
        return "No improvement shown: the interval holds 0.";
    case TeacherVerdict::Unknown:
        return "One seed tells nothing: the next one could turn it round.";
    }
    return {};
}

std::string teacherSentence(const ExperimentResult& result)
{
    const double control = meanAccuracy(result.control);
    const double lead = result.teacher.accuracy - control;
    std::string text = fmt::format("The teacher has {}", percentText(result.teacher.accuracy));
    if (lead <= 0.0)
        return text + ", no more than the student alone.";
    return text + fmt::format("; the student alone is {:.2f} points behind, with the teacher {:.2f}.", 100.0 * lead,
                              100.0 * (result.teacher.accuracy - meanAccuracy(result.distilled)));
}

/// Seeds with which a difference like the one found would leave out 0, if they spread as these do; 0: too many, or
/// there is no telling.
int seedsNeeded(const ExperimentResult& result)
{
    const PairedDifference& found = result.difference;
    const auto seeds = static_cast<double>(result.control.size());
    if (!found.interval || found.mean <= 0.0)
        return 0;
    const double reach = 0.5 * (found.interval->high - found.interval->low);
    const double deviation = reach * std::sqrt(seeds) / stats::studentQuantile(0.975, seeds - 1.0);
    for (int n = static_cast<int>(result.control.size()) + 1; n <= kMostSeeds; ++n)
        if (stats::studentQuantile(0.975, n - 1.0) * deviation / std::sqrt(n) < found.mean)
            return n;
    return 0;
}

std::string precisionAdvice(const ExperimentResult& result)
{
    if (result.verdict == TeacherVerdict::Unknown)
        return "Train with at least 3 seeds: an interval needs several.";
    if (const int seeds = seedsNeeded(result); seeds > 0)
        return fmt::format("Train with more seeds, in a new folder: if they spread as these do, about {} would show a "
                           "difference of {:+.2f} points.",
                           seeds, 100.0 * result.difference.mean);
    return {};
}

std::string teacherAdvice(const ExperimentResult& result)
{
    const double lead = result.teacher.accuracy - meanAccuracy(result.control);
    if (lead >= kSmallLead)
        return {};
    return fmt::format("Take a stronger teacher: this one is {:+.2f} points from what the student reaches alone, so "
                       "there is little to be learnt from it.",
                       100.0 * lead);
}

std::string fitAdvice(const ExperimentResult& result, const ExperimentOptions& options)
{
    const double gap = meanTrainingAccuracy(result.control) - meanAccuracy(result.control);
    if (gap < kFitsWell)
        return "Train for more epochs, or take a student with more channels: this one sorts its training images hardly "
               "better than the test images, so it is short of time or of room, and not of information.";
    if (options.training.augmentation == Augmentation{})
        return "Change the training images (crop, flip) and let the teacher answer to several views of each: the "
               "student fits its training images better than the test images.";
    return {};
}

std::string lossAdvice(const ExperimentResult& result, const ExperimentOptions& options)
{
    const Distillation& d = *options.training.distillation;
    if (result.verdict == TeacherVerdict::Worsened && d.alpha > 0.5)
        return fmt::format("Give the teacher less weight: an alpha of 0.5 instead of {}.", d.alpha);
    if (d.loss != Distillation::Loss::SoftLabels)
        return "Take soft labels instead of the other losses: they say most about what is alike.";
    return fmt::format("Try another temperature ({:g} or {:g}) or alpha, and choose among them by the validation "
                       "accuracy, never by the test.",
                       0.5 * d.temperature, 2.0 * d.temperature);
}

Json intervalEnd(const PairedDifference& difference, double stats::Interval::*end)
{
    return difference.interval ? Json((*difference.interval).*end) : Json(nullptr);
}

Json toJson(const PairedDifference& difference)
{
    return {{"difference", difference.mean},
            {"ci_low", intervalEnd(difference, &stats::Interval::low)},
            {"ci_high", intervalEnd(difference, &stats::Interval::high)}};
}

Json accuracies(const std::vector<ArmResult>& arms)
{
    Json all = Json::array();
    for (const ArmResult& arm : arms)
        all.push_back(arm.test.accuracy);
    return all;
}

Json armsJson(const ExperimentResult& result)
{
    Json all = Json::array();
    for (const auto* arms : {&result.control, &result.distilled})
        for (const ArmResult& arm : *arms) {
            Json history = Json::array();
            for (const EpochResult& epoch : arm.history)
                history.push_back(toJson(epoch));
            all.push_back({{"arm", name(arm.arm)},
                           {"seed", arm.seed},
                           {"out", arm.model.string()},
                           {"accuracy", arm.test.accuracy},
                           {"kept_epoch", arm.keptEpoch},
                           {"seconds", arm.seconds()},
                           {"history", std::move(history)}});
        }
    return all;
}

} // namespace

std::string pointsText(const PairedDifference& difference)
{
    std::string text = fmt::format("{:+.2f} points", 100.0 * difference.mean);
    if (difference.interval)
        text += fmt::format(" (95 % interval {:+.2f} to {:+.2f})", 100.0 * difference.interval->low,
                            100.0 * difference.interval->high);
    return text;
}

std::vector<std::string> verdictSentences(const ExperimentResult& result)
{
    const std::size_t seeds = result.control.size();
    return {fmt::format("With the teacher {} of the test images are sorted right, without {}{}: {}.",
                        percentText(meanAccuracy(result.distilled)), percentText(meanAccuracy(result.control)),
                        seeds > 1 ? fmt::format(" (means of {} seeds)", seeds) : "", pointsText(result.difference)),
            verdictSentence(result.verdict), teacherSentence(result)};
}

std::vector<std::string> adviceOn(const ExperimentResult& result, const ExperimentOptions& options)
{
    if (result.verdict == TeacherVerdict::Improved)
        return {};
    std::vector<std::string> advice;
    for (std::string sentence :
         {precisionAdvice(result), teacherAdvice(result), fitAdvice(result, options), lossAdvice(result, options)})
        if (!sentence.empty())
            advice.push_back(std::move(sentence));
    return advice;
}

std::string experimentJson(const ExperimentSubject& subject, const ExperimentOptions& options,
                           const ExperimentResult& result)
{
    const Distillation& d = *options.training.distillation;
    Json json{{"dataset", subject.dataset.name},
              {"teacher", subject.names.teacher},
              {"teacher_accuracy", result.teacher.accuracy},
              {"student", subject.student.name},
              {"student_params", cost(subject.student.graph).parameters},
              {"temperature", d.temperature},
              {"alpha", d.alpha},
              {"control", accuracies(result.control)},
              {"distilled", accuracies(result.distilled)}};
    json.update(toJson(result.difference));
    json["verdict"] = name(result.verdict);
    json["sentences"] = verdictSentences(result);
    json["advice"] = adviceOn(result, options);
    json["class_gain"] = Json::array();
    for (const ClassGain& gain : result.classes) {
        Json row{{"class", gain.name}, {"control", gain.control}};
        row.update(toJson(gain.difference));
        json["class_gain"].push_back(std::move(row));
    }
    json["options"] = Json::parse(describe(options.training));
    json["threads"] = options.training.threads;
    json["arms"] = armsJson(result);
    return json.dump(2);
}

} // namespace lathe
