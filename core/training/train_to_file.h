#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "core/formats/model_file.h"
#include "core/training/training.h"

/// A training as users ask for it: names in, a file out.
namespace lathe {

struct SubjectNames {
    std::string model;   ///< an architecture, or a model file to go on from
    std::string dataset; ///< as in dataset_name.h, whole
    Shape input;         ///< of synthetic images alone; may be empty for the model's own
    std::uint64_t seed = 0;
};

/// What is trained, and on what. An architecture is built for the dataset's images and classes.
struct TrainingSubject {
    LoadedModel model;
    Dataset dataset;
};
Result<TrainingSubject> loadSubject(const SubjectNames& names);

/// What is trained on a dataset: an architecture built for its images and classes, or a model file.
Result<LoadedModel> modelFor(const std::string& name, const Dataset& dataset);

/// Whether `out` can be written to, and no unfinished training lies beside it unless that is to be gone on with: to be
/// asked before a training and not after it.
Result<void> checkOutput(const std::filesystem::path& out, bool resume);

struct TrainingOutput {
    std::filesystem::path file;
    bool resume = false;
    /// Called once the file is written, and before its checkpoint goes: what it writes is there or can be had again.
    std::function<Result<void>(const TrainingResult&)> written = {};
};

/// Trains and writes the weights as a safetensors file that opens as a model and says how its input is normalised. The
/// checkpoint beside it goes once it is written. `teacher`: as in TrainingTask.
Result<TrainingResult> trainToFile(const TrainingSubject& subject, const TrainingOptions& options,
                                   const TrainingOutput& output, const TrainingEvents& events, std::stop_token stop,
                                   const TeacherTable* teacher = nullptr);

/// All of it at once.
struct TrainingWish {
    SubjectNames names;
    TrainingOptions options;
    std::filesystem::path out;
    bool resume = false;
};
struct TrainedFile {
    TrainingResult result;
    std::string dataset;
    std::vector<std::string> classNames;
};
Result<TrainedFile> trainAsWished(const TrainingWish& wish, const TrainingEvents& events, std::stop_token stop);

} // namespace lathe
