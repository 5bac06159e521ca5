#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/compression/batches.h"
#include "core/datasets/dataset.h"
#include "core/datasets/dataset_name.h"
#include "core/formats/model_file.h"

namespace lathe {

/// Images of a dataset's training part that activations are watched on, drawn once.
class CalibrationSet {
public:
    /// As many images as the name says, else 256 or all. InvalidArgument where there are not as many.
    static Result<CalibrationSet> make(const LoadedModel& model, std::shared_ptr<const Dataset> dataset,
                                       const DatasetName& name, std::int64_t batch, std::uint64_t seed);

    Batches batches() const;                  ///< from the first on
    std::vector<std::int64_t> labels() const; ///< in the same order

    std::int64_t samples() const { return static_cast<std::int64_t>(m_indices.size()); }

private:
    CalibrationSet() = default;

    std::shared_ptr<const Dataset> m_dataset;
    std::vector<std::int64_t> m_indices;
    Normalisation m_normalisation;
    std::int64_t m_batch = 0;
};

} // namespace lathe
