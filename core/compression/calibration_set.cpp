#include "core/compression/calibration_set.h"

#include <algorithm>

#include "core/datasets/batch_maker.h"
#include "core/training/fitting_dataset.h"

namespace lathe {

namespace {

constexpr std::int64_t kUsualSamples = 256;

} // namespace

Result<CalibrationSet> CalibrationSet::make(const LoadedModel& model, std::shared_ptr<const Dataset> dataset,
                                            const DatasetName& name, std::int64_t batch, std::uint64_t seed)
{
    const std::int64_t all = dataset->train.count();
    CalibrationSet made;
    made.m_dataset = std::move(dataset);
    made.m_normalisation = normalisationFor(model, *made.m_dataset);
    made.m_batch = batch;
    return drawSamples(all, name.samples > 0 ? name.samples : std::min(kUsualSamples, all), seed)
        .map([&](std::vector<std::int64_t> indices) {
            made.m_indices = std::move(indices);
            return made;
        });
}

Batches CalibrationSet::batches() const
{
    return [self = *this, next = std::size_t{0}]() mutable -> std::optional<HostTensor> {
        const std::size_t count = std::min(self.m_indices.size() - next, static_cast<std::size_t>(self.m_batch));
        if (count == 0)
            return std::nullopt;
        const std::span<const std::int64_t> indices(self.m_indices.data() + next, count);
        next += count;
        return BatchMaker(self.m_dataset->train, self.m_normalisation).images(indices);
    };
}

std::vector<std::int64_t> CalibrationSet::labels() const
{
    std::vector<std::int64_t> labels;
    for (const std::int64_t index : m_indices)
        labels.push_back(m_dataset->train.labels[static_cast<std::size_t>(index)]);
    return labels;
}

} // namespace lathe
