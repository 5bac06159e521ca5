#include "core/distillation/teacher.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/distillation/teacher_images.h"
#include "core/training/fitting_dataset.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPreprocessor = "preprocessor_config.json";

/// Of the file that Hugging Face keeps beside the weights; nothing where there is none.
Result<std::optional<Normalisation>> normalisationBeside(const fs::path& model)
{
    const fs::path path = model.parent_path() / kPreprocessor;
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        return std::nullopt;
    const Result<std::string> text = readFile(path);
    if (!text)
        return tl::unexpected(text.error());
    try {
        const auto json = nlohmann::json::parse(*text);
        if (!json.contains("image_mean") && !json.contains("image_std"))
            return std::nullopt;
        return Normalisation{json.at("image_mean"), json.at("image_std")};
    } catch (const nlohmann::json::exception&) {
        return fail(ErrorCode::BadFile,
                    fmt::format("{} does not say how images are normalised (image_mean, image_std); mend it, or give "
                                "the teacher's mean and deviation.",
                                path.string()));
    }
}

/// The dataset's own, its grey for each of three colours.
Normalisation ofDataset(const Dataset& dataset, std::size_t channels)
{
    Normalisation own = dataset.normalisation;
    if (own.mean.size() == 1)
        own = {std::vector<double>(channels, own.mean.front()), std::vector<double>(channels, own.deviation.front())};
    return own;
}

Result<Normalisation> choose(const LoadedModel& model, const std::string& file, const Dataset& dataset,
                             const std::optional<Normalisation>& given)
{
    const auto channels = static_cast<std::size_t>(model.graph.inputShape().front());
    if (given)
        return *given;
    if (model.preprocessing && model.preprocessing->normalisation.mean.size() == channels)
        return model.preprocessing->normalisation;
    return normalisationBeside(file).map(
        [&](const std::optional<Normalisation>& beside) { return beside.value_or(ofDataset(dataset, channels)); });
}

Result<void> check(const Normalisation& normalisation, const Graph& graph)
{
    const auto channels = static_cast<std::size_t>(graph.inputShape().front());
    if (normalisation.mean.size() != channels || normalisation.deviation.size() != channels)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes {} channels and its normalisation has {} means and {} deviations; give one "
                                "of each for every channel.",
                                graph.name(), channels, normalisation.mean.size(), normalisation.deviation.size()));
    for (const double deviation : normalisation.deviation)
        if (!(deviation > 0.0))
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("a deviation of {} cannot be; give one above 0, such as 0.5.", deviation));
    return {};
}

} // namespace

Result<void> checkTeacher(const LoadedModel& model, const Dataset& dataset)
{
    if (model.weights.empty())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is an architecture without weights and can teach nothing; train it first, and name "
                                "its file.",
                                model.name));
    if (model.graph.inputShape().size() != 3)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes no images; choose a teacher that sorts them.", model.name));
    return checkClasses(model, dataset);
}

Result<Teacher> loadTeacher(const std::string& file, const Dataset& dataset, const std::optional<Normalisation>& given)
{
    Result<LoadedModel> model = loadModel(file, {});
    if (!model)
        return tl::unexpected(model.error());
    if (const auto usable = checkTeacher(*model, dataset); !usable)
        return tl::unexpected(usable.error());
    const Result<Normalisation> normalisation = choose(*model, file, dataset, given);
    if (!normalisation)
        return tl::unexpected(normalisation.error());
    return check(*normalisation, model->graph).map([&] { return Teacher{*std::move(model), *normalisation}; });
}

Result<Evaluation> evaluateTeacher(Backend& backend, const Teacher& teacher, const Dataset& dataset,
                                   std::stop_token stop, const ProgressSink& progress)
{
    const auto images = TeacherImages::make(dataset.test, teacher.model.graph.inputShape(), teacher.normalisation);
    if (!images)
        return tl::unexpected(images.error());
    const auto network = backend.prepare(teacher.model.graph, teacher.model.weights, Mode::Eager);
    if (!network)
        return tl::unexpected(network.error());
    const EvaluationTask task{dataset.test, teacher.normalisation, dataset.classes(), 128,
                              [&](std::span<const std::int64_t> batch) { return images->images(batch); }};
    const auto forward = [&](const HostTensor& x) { return (*network)->infer(x); };
    return evaluate(forward, task, allIndices(dataset.test), std::move(stop), progress);
}

} // namespace lathe
