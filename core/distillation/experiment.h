#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/distillation/arm.h"
#include "core/distillation/paired_difference.h"
#include "core/distillation/teacher.h"
#include "core/distillation/teacher_cache.h"
#include "core/training/choices.h"

/// The same student trained with and without a teacher, over several seeds.
namespace lathe {

struct ExperimentNames {
    std::string dataset;    ///< as in dataset_name.h, whole; synthetic images are such as the teacher takes
    std::string teacher;    ///< a model file
    std::string student;    ///< an architecture, or a model file to go on from
    std::uint64_t seed = 0; ///< of synthetic images
    std::optional<Normalisation> teacherNormalisation = {};
};

struct ExperimentSubject {
    ExperimentNames names;
    Dataset dataset;
    Teacher teacher;
    LoadedModel student;
};
Result<ExperimentSubject> loadExperiment(const ExperimentNames& names);

struct ExperimentOptions {
    TrainingOptions training; ///< with a distillation; the control has the same without it. Its seed is the first.
    int seeds = 3;            ///< each with a run of both arms
    std::optional<std::string> teacherNode = {}; ///< what the distillation's hint looks at in the teacher
};

/// One sentence about what cannot be.
Result<void> check(const ExperimentOptions& options);

/// What a user says of an experiment.
struct ExperimentChoices {
    TrainingChoices training = {};
    Distillation distillation = {};
    std::optional<std::string> teacherNode = {};
    int views = 0; ///< TrainingOptions::views
    int seeds = 3;
};

/// What the student is usually trained with but for what was chosen. Its usual augmentation is left out without views:
/// answers that are asked once are then to other images than those trained on, which is to be chosen and not met by
/// chance. InvalidArgument with one sentence about what cannot be.
Result<ExperimentOptions> optionsFrom(const ExperimentChoices& choices, const Graph& student);

/// Whether the students see changed images while the teacher answered to unchanged ones.
bool answersToOtherImages(const TrainingOptions& training);

/// Which training of the experiment is meant.
struct ArmPlace {
    Arm arm = Arm::Control;
    std::uint64_t seed = 0;
    int number = 0; ///< from 1, in the order they are trained
    int count = 0;
};

/// In the order they are trained: seed by seed, and the arm that goes first changes from seed to seed, so that what
/// changes on the machine meanwhile meets both alike.
std::vector<ArmPlace> armsOf(const ExperimentOptions& options);

/// What an experiment tells as it goes, on its own thread; any may be empty.
struct ExperimentEvents {
    ProgressSink preparing = {}; ///< asking the teacher, and measuring it
    std::function<void(const ArmPlace&, const TrainingProgress&)> stepDone = {};
    std::function<void(const ArmPlace&, const EpochResult&)> epochDone = {}; ///< those done before too
    std::function<void(const ArmPlace&, const ArmResult&)> armDone = {};     ///< those done before too
};

/// How much more of a class's test images the distilled students sort right.
struct ClassGain {
    std::string name;
    double control = 0.0;        ///< mean over the seeds; fraction
    PairedDifference difference; ///< as for the whole
};

struct ExperimentResult {
    Evaluation teacher;               ///< on the test part
    std::vector<ArmResult> control;   ///< by seed
    std::vector<ArmResult> distilled; ///< the same seeds
    PairedDifference difference;      ///< of test accuracy, distilled less control
    TeacherVerdict verdict = TeacherVerdict::Unknown;
    std::vector<ClassGain> classes;
};

/// Runs it in a folder, which is made where it is missing: the teacher's answers (in "teacher", unless another folder
/// is given), a model and a result of each arm, "experiment.json", which says what experiment it is, and
/// "result.json" with what it came to (see experimentJson). In a folder where it was begun before it goes on: arms that
/// are done are read, one that was stopped or killed goes on from its last epoch. InvalidArgument where the folder
/// holds another experiment. Test accuracy is measured at the end of each arm, on images that nothing is chosen by.
Result<ExperimentResult> runExperiment(Backend& backend, const ExperimentSubject& subject,
                                       const ExperimentOptions& options, const std::filesystem::path& folder,
                                       const ExperimentEvents& events, std::stop_token stop,
                                       const std::filesystem::path& answers = {});

/// What the arms come to. As many in both, of the same seeds; at least one.
Result<ExperimentResult> concluded(const Evaluation& teacher, std::vector<ArmResult> control,
                                   std::vector<ArmResult> distilled, const std::vector<std::string>& classNames);

} // namespace lathe
