#include "core/training/train_to_file.h"
#include "core/base/files.h"

#include <fmt/format.h>

#include "core/datasets/dataset_name.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

/// Images of the size that is asked for, or that the network takes anyway.
Result<Dataset> synthetic(const SubjectNames& names, const DatasetName& dataset)
{
    return loadModel(names.model, names.input).and_then([&](const LoadedModel& model) -> Result<Dataset> {
        SyntheticOptions options;
        options.image = model.graph.inputShape();
        options.seed = names.seed;
        if (options.image.size() == 3)
            return loadDataset(dataset, options);
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes no images; choose a network that does.", names.model));
    });
}

Result<Dataset> datasetOf(const SubjectNames& names)
{
    return datasetFromText(names.dataset).and_then(whole).and_then([&](const DatasetName& dataset) -> Result<Dataset> {
        if (dataset.isSynthetic())
            return synthetic(names, dataset);
        if (names.input.empty())
            return loadDataset(dataset);
        return fail(ErrorCode::InvalidArgument, "The images of the dataset decide on the input; leave the input size "
                                                "out, or train on synthetic ones.");
    });
}

Result<StateDict> firstWeights(Backend& backend, const LoadedModel& model, std::uint64_t seed)
{
    return model.weights.empty() ? backend.initialise(model.graph, seed) : Result<StateDict>(model.weights);
}

Result<void> save(const TrainingSubject& subject, const StateDict& weights, const fs::path& out)
{
    LoadedModel trained = subject.model;
    replaceWeights(trained, weights);
    trained.preprocessing = preprocessingOf(subject.dataset);
    return saveModel(out, trained);
}

void removeCheckpoint(const fs::path& out)
{
    std::error_code ignored;
    fs::remove(checkpointBeside(out), ignored);
}

} // namespace

Result<LoadedModel> modelFor(const std::string& name, const Dataset& dataset)
{
    return findArchitecture(name) ? buildModel(name, {dataset.imageShape(), dataset.classes()}) : loadModel(name, {});
}

Result<TrainingSubject> loadSubject(const SubjectNames& names)
{
    Result<Dataset> dataset = datasetOf(names);
    if (!dataset)
        return tl::unexpected(dataset.error());
    return modelFor(names.model, *dataset).map([&](LoadedModel model) {
        return TrainingSubject{std::move(model), *std::move(dataset)};
    });
}

Result<void> checkOutput(const fs::path& out, bool resume)
{
    if (const auto possible = checkPlace(out); !possible)
        return possible;
    const fs::path checkpoint = checkpointBeside(out);
    if (resume || !isThere(checkpoint))
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} was left by a training that did not come to its end; resume that one, or delete the "
                            "file to start over.",
                            checkpoint.string()));
}

Result<TrainingResult> trainToFile(const TrainingSubject& subject, const TrainingOptions& options,
                                   const TrainingOutput& output, const TrainingEvents& events, std::stop_token stop,
                                   const TeacherTable* teacher)
{
    const fs::path& out = output.file;
    if (const auto possible = checkOutput(out, output.resume); !possible)
        return tl::unexpected(possible.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    const Result<StateDict> weights = firstWeights(**backend, subject.model, options.seed);
    if (!weights)
        return tl::unexpected(weights.error());
    const StateDict masks = masksOf(subject.model);
    const TrainingTask task{subject.model.graph,
                            *weights,
                            subject.dataset,
                            options,
                            checkpointBeside(out),
                            output.resume,
                            nullptr,
                            masks.empty() ? nullptr : &masks,
                            teacher};
    const auto keep = [&](const TrainingResult& result) {
        return save(subject, result.weights, out).and_then([&] {
            return output.written ? output.written(result) : Result<void>();
        });
    };
    return train(**backend, task, events, std::move(stop)).and_then([&](TrainingResult result) {
        return keep(result).map([&] {
            removeCheckpoint(out);
            return std::move(result);
        });
    });
}

Result<TrainedFile> trainAsWished(const TrainingWish& wish, const TrainingEvents& events, std::stop_token stop)
{
    if (const auto possible = checkOutput(wish.out, wish.resume); !possible) // before the dataset is read
        return tl::unexpected(possible.error());
    const Result<TrainingSubject> subject = loadSubject(wish.names);
    if (!subject)
        return tl::unexpected(subject.error());
    return trainToFile(*subject, wish.options, {wish.out, wish.resume}, events, std::move(stop))
        .map([&](TrainingResult result) {
            return TrainedFile{std::move(result), subject->dataset.name, subject->dataset.classNames};
        });
}

} // namespace lathe
