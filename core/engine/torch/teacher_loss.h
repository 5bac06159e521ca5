#pragma once

#include <ATen/core/Tensor.h>

#include "core/base/result.h"
#include "core/engine/trainee.h"
#include "core/graph/graph.h"

/// What a student learns from its teacher: see Distillation for the formulas.
namespace lathe::engine {

/// One sentence where the answers are not those of a teacher of this network for a batch of `count`.
Result<void> checkAnswers(const Graph& graph, const Distillation& distillation, const TeacherAnswers& answers,
                          std::int64_t count);

/// Of the logits alone, without alpha.
at::Tensor teacherLoss(const Distillation& distillation, const at::Tensor& logits, const at::Tensor& teacher);

/// Without its weight. `value` is what the student's node gives.
at::Tensor hintLoss(const Hint& hint, const at::Tensor& value, const at::Tensor& teacher);

} // namespace lathe::engine
