#include "core/compression/subject.h"

#include <fmt/format.h>

#include "core/compression/random_input.h"
#include "core/training/fitting_dataset.h"

namespace lathe {

namespace {

constexpr std::uint64_t kWeightSeed = 1;

Result<void> addCalibration(CompressionSubject& subject, const CompressionSubjectNames& names)
{
    if (names.calibration.empty())
        return {};
    const Result<DatasetName> name = datasetFromText(names.calibration);
    if (!name)
        return tl::unexpected(name.error());
    Result<Dataset> dataset = loadFor(subject.model, *name, names.seed);
    if (!dataset)
        return tl::unexpected(dataset.error());
    subject.dataset = std::make_shared<const Dataset>(*std::move(dataset));
    return CalibrationSet::make(subject.model, subject.dataset, *name, names.batch, names.seed)
        .map([&](CalibrationSet set) { subject.calibration = std::move(set); });
}

} // namespace

CalibrationData CompressionSubject::data() const
{
    if (!calibration)
        return onceRandom(model.graph);
    return [set = *calibration] { return set.batches(); };
}

Result<CompressionSubject> loadCompressionSubject(Backend& backend, const CompressionSubjectNames& names)
{
    Result<LoadedModel> model = loadModel(names.model, names.input);
    if (!model)
        return tl::unexpected(model.error());
    if (model->graph.isSealed())
        return fail(
            ErrorCode::Unsupported,
            fmt::format("{} is a sealed TorchScript program, whose layers are not known; take an architecture or a "
                        "file of weights.",
                        names.model));
    if (model->quantization)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is quantized already; take the file it was made from.", names.model));
    CompressionSubject subject{*std::move(model), false, {}, {}};
    subject.isTrained = !subject.model.weights.empty();
    if (!subject.isTrained) {
        Result<StateDict> weights = backend.initialise(subject.model.graph, kWeightSeed);
        if (!weights)
            return tl::unexpected(weights.error());
        subject.model.weights = *std::move(weights);
    }
    return addCalibration(subject, names).map([&] { return std::move(subject); });
}

} // namespace lathe
