#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/datasets/dataset.h"
#include "core/engine/trainee.h"
#include "core/training/options.h"

namespace lathe {

/// What a teacher answers to every image of a training part, or to every view of each (TrainingOptions::views).
class TeacherTable {
public:
    /// `logits` is float32, views x images x classes; `hints` is float32, views x images x ..., or empty. `identity`
    /// is JSON that tells these answers from others.
    TeacherTable(HostTensor logits, HostTensor hints, std::string identity);

    /// To those images in that view.
    TeacherAnswers answers(std::span<const std::int64_t> images, std::int64_t view) const;

    std::int64_t views() const { return m_logits.shape.front(); }
    const HostTensor& logits() const { return m_logits; }
    const HostTensor& hints() const { return m_hints; }
    const std::string& identity() const { return m_identity; }

    /// InvalidArgument where there are other images, views or classes, or no hint where one is asked for.
    Result<void> checkFit(const TrainingOptions& options, const Dataset& dataset) const;

private:
    HostTensor m_logits;
    HostTensor m_hints;
    std::string m_identity;
};

} // namespace lathe
