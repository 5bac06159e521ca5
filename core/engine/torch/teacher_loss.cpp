#include "core/engine/torch/teacher_loss.h"

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/kl_div.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mse_loss.h>
#include <fmt/format.h>

#include "core/engine/hint.h"
#include "core/engine/torch/tensors.h"

namespace lathe::engine {

namespace {

/// N x places: mean square over the channels, each map of length 1.
at::Tensor attentionOf(const at::Tensor& value)
{
    const at::Tensor map = value.square().mean(value.dim() == 4 ? 1 : -1).flatten(1);
    return map / map.norm(2, {1}, true).clamp_min(kLeastAttention);
}

Shape hintShape(const Graph& graph, const Hint& hint, NodeId node)
{
    const Shape& value = graph.node(node).output.shape;
    return hint.kind == Hint::Kind::Features ? value : Shape{placesOf(value)};
}

Shape ofBatch(std::int64_t count, const Shape& sample)
{
    Shape shape{count};
    shape.insert(shape.end(), sample.begin(), sample.end());
    return shape;
}

Result<void> checkTensor(const HostTensor& tensor, const Shape& wanted, const char* what)
{
    if (tensor.data && tensor.dtype == DType::Float32 && tensor.shape == wanted)
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("The teacher's {} have to be float32 of {} and were given as {}; choose a teacher and a "
                            "student whose shapes agree there.",
                            what, toString(wanted), tensor.data ? toString(tensor.shape) : "none"));
}

} // namespace

Result<void> checkAnswers(const Graph& graph, const Distillation& distillation, const TeacherAnswers& answers,
                          std::int64_t count)
{
    if (const auto logits = checkTensor(answers.logits, ofBatch(count, graph.outputShape()), "logits"); !logits)
        return logits;
    if (!distillation.hint)
        return {};
    return hintNode(graph, *distillation.hint).and_then([&](NodeId node) {
        return checkTensor(answers.hint, ofBatch(count, hintShape(graph, *distillation.hint, node)), "hints");
    });
}

at::Tensor teacherLoss(const Distillation& distillation, const at::Tensor& logits, const at::Tensor& teacher)
{
    const double t = distillation.temperature;
    switch (distillation.loss) {
    case Distillation::Loss::SoftLabels:
        return at::kl_div(at::log_softmax(logits / t, 1), at::log_softmax(teacher / t, 1), at::Reduction::Sum, true) *
               (t * t / static_cast<double>(logits.size(0)));
    case Distillation::Loss::Logits:
        return at::mse_loss(logits, teacher);
    case Distillation::Loss::HardLabels:
        return at::cross_entropy_loss(logits, teacher.argmax(1));
    }
    return {};
}

at::Tensor hintLoss(const Hint& hint, const at::Tensor& value, const at::Tensor& teacher)
{
    return at::mse_loss(hint.kind == Hint::Kind::Features ? value : attentionOf(value), teacher);
}

} // namespace lathe::engine
