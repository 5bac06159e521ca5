#include "core/engine/torch/trainee.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "core/engine/hint.h"
#include "core/engine/torch/guard.h"
#include "core/engine/torch/teacher_loss.h"
#include "core/engine/torch/tensors.h"
#include "core/engine/weights.h"
#include "core/graph/cost.h"

namespace lathe::engine {

namespace {

constexpr NodeId kInput = 0;

/// A copy in NHWC order where it is an image or the weight of a convolution.
at::Tensor placed(const at::Tensor& tensor)
{
    const bool image = tensor.dim() == 4 && tensor.is_floating_point();
    return tensor.clone(image ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

Tensors learnable(const Graph& graph, const StateDict& weights)
{
    Tensors parameters;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const Parameter& parameter = graph.parameters()[i];
        parameters.push_back(placed(toTorch(weights[i].tensor).to(scalarType(parameter.dtype))));
        parameters.back().set_requires_grad(parameter.trainable);
    }
    return parameters;
}

/// A weight in float on the grid that it would get by its least and largest values now.
at::Tensor roundedLike(const QuantizedWeight& stored, const at::Tensor& weight)
{
    const auto [low, high] = integerRange({stored.bits, true, true});
    const at::Tensor whole = weight.detach();
    const bool isPerChannel = stored.scales.size() > 1;
    const at::Tensor largest = isPerChannel ? whole.abs().flatten(1).amax(1) : whole.abs().max();
    const at::Tensor scales = largest.div(high).clamp_min(std::numeric_limits<float>::min());
    if (isPerChannel)
        return at::fake_quantize_per_channel_affine(weight, scales, at::zeros_like(scales, at::kInt), 0, low, high);
    return at::fake_quantize_per_tensor_affine(weight, scales.item<float>(), 0, low, high);
}

std::int64_t countCorrect(const at::Tensor& logits, const at::Tensor& labels)
{
    return logits.argmax(1).eq(labels).sum().item<std::int64_t>();
}

} // namespace

TorchTrainee::TorchTrainee(const Graph& graph, const StateDict& weights, const TraineeOptions& options,
                           const Quantization* quantization)
    : m_graph(graph), m_quantization(quantization != nullptr ? std::optional(*quantization) : std::nullopt),
      m_input(graph), m_labelSmoothing(options.labelSmoothing), m_distillation(options.distillation),
      m_released(releasedAfter(graph, Lifetimes::Shortest)), m_parameters(learnable(graph, weights)),
      m_masks(m_parameters.size()), m_optimizer(options.optimizer, learning())
{
    prune(options.masks);
}

void TorchTrainee::prune(const StateDict& masks)
{
    const c10::NoGradGuard guard;
    for (const NamedTensor& mask : masks)
        for (std::size_t i = 0; i < m_parameters.size(); ++i)
            if (m_graph.parameters()[i].name == mask.name) {
                m_masks[i] = placed(toTorch(mask.tensor).to(at::kFloat));
                m_parameters[i].mul_(m_masks[i]);
            }
}

/// What is zero and has no gradient stays zero in every optimizer, weight decay included.
void TorchTrainee::maskGradients() const
{
    for (std::size_t i = 0; i < m_parameters.size(); ++i)
        if (m_masks[i].defined() && m_parameters[i].grad().defined())
            m_parameters[i].mutable_grad().mul_(m_masks[i]);
}

std::vector<Learning> TorchTrainee::learning() const
{
    std::vector<Learning> all;
    for (std::size_t i = 0; i < m_parameters.size(); ++i)
        if (m_parameters[i].requires_grad())
            all.push_back({m_graph.parameters()[i].name, m_parameters[i]});
    return all;
}

Result<void> TorchTrainee::checkLabels(const HostTensor& x, const HostTensor& labels) const
{
    if (labels.dtype != DType::Int64 || labels.shape != Shape{x.shape.front()})
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes one int64 label a sample, {} of them, and was given {} of {}.",
                                m_graph.name(), x.shape.front(), toString(labels.shape), name(labels.dtype)));
    const std::int64_t classes = m_graph.outputShape().front();
    const auto* const ids = reinterpret_cast<const std::int64_t*>(labels.data.get());
    if (!std::all_of(ids, ids + x.shape.front(), [&](std::int64_t id) { return id >= 0 && id < classes; }))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes labels from 0 to {} and was given others.", m_graph.name(), classes - 1));
    return {};
}

Tensors TorchTrainee::parametersOf(NodeId id) const
{
    Tensors parameters;
    for (const ParameterId parameter : m_graph.node(id).parameters)
        parameters.push_back(m_parameters[static_cast<std::size_t>(parameter)]);
    if (m_quantization && m_quantization->layer(id).weight)
        parameters.front() = roundedLike(*m_quantization->layer(id).weight, parameters.front());
    return parameters;
}

at::Tensor TorchTrainee::roundedAsStored(NodeId id, at::Tensor value) const
{
    if (!m_quantization || !m_quantization->quantizes(id))
        return value;
    const QuantizationParameters& grid = *m_quantization->values[static_cast<std::size_t>(id)];
    return at::fake_quantize_per_tensor_affine(value, grid.scale, grid.zeroPoint, grid.integers.low,
                                               grid.integers.high);
}

at::Tensor TorchTrainee::forward(const HostTensor& x, Statistics statistics, NodeId kept, at::Tensor* keptValue)
{
    Tensors values(m_graph.nodes().size());
    values[kInput] = roundedAsStored(kInput, placed(toTorch(x).to(m_input.type())));
    for (std::size_t i = 1; i < values.size(); ++i) {
        const auto id = static_cast<NodeId>(i);
        const Node& node = m_graph.node(id);
        Tensors arguments;
        for (const NodeId input : kernelInputs(node))
            arguments.push_back(values[static_cast<std::size_t>(input)]);
        // Made anew in each pass, so that what a kernel derives from a parameter is differentiated in each.
        values[i] = roundedAsStored(id, makeKernel(node, parametersOf(id), at::kCPU, statistics)(arguments));
        if (keptValue != nullptr && id == kept)
            *keptValue = values[i];
        for (const NodeId gone : m_released[i])
            if (gone != kInput) // ExpandToBatch may still want its batch
                values[static_cast<std::size_t>(gone)].reset();
    }
    return values[static_cast<std::size_t>(m_graph.output())];
}

Result<void> TorchTrainee::checkTeacher(const HostTensor& x, const TeacherAnswers* teacher) const
{
    if (m_distillation.has_value() != (teacher != nullptr))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes a teacher's answers where it is distilled, and only there.", m_graph.name()));
    return teacher != nullptr ? checkAnswers(m_graph, *m_distillation, *teacher, x.shape.front()) : Result<void>();
}

TorchTrainee::Outcome TorchTrainee::outcomeOf(const HostTensor& x, const at::Tensor& labels,
                                              const TeacherAnswers* teacher)
{
    const auto byLabels = [&](const at::Tensor& logits) {
        return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100, m_labelSmoothing);
    };
    if (teacher == nullptr) {
        const at::Tensor logits = forward(x, Statistics::Batch);
        return {logits, byLabels(logits)};
    }
    const Distillation& how = *m_distillation;
    at::Tensor value;
    const NodeId kept = how.hint ? *hintNode(m_graph, *how.hint) : NodeId{};
    const at::Tensor logits = forward(x, Statistics::Batch, kept, how.hint ? &value : nullptr);
    at::Tensor loss = how.alpha * teacherLoss(how, logits, toTorch(teacher->logits));
    if (how.alpha < 1.0)
        loss = loss + (1.0 - how.alpha) * byLabels(logits);
    if (how.hint)
        loss = loss + how.hint->weight * hintLoss(*how.hint, value, toTorch(teacher->hint));
    return {logits, loss};
}

Result<StepResult> TorchTrainee::step(const HostTensor& x, const HostTensor& labels, double learningRate,
                                      const TeacherAnswers* teacher)
{
    const auto fits = m_input.check(x).and_then([&] { return checkLabels(x, labels); }).and_then([&] {
        return checkTeacher(x, teacher);
    });
    if (!fits)
        return tl::unexpected(fits.error());
    return guarded(m_graph.name(), [&]() -> Result<StepResult> {
        const KeptMemory::Use memory(&m_memory);
        const at::Tensor truth = toTorch(labels);
        const Outcome outcome = outcomeOf(x, truth, teacher);
        const StepResult result{outcome.loss.item<double>(), countCorrect(outcome.logits.detach(), truth)};
        if (!std::isfinite(result.loss))
            return result;
        outcome.loss.backward();
        maskGradients();
        m_optimizer.step(learningRate);
        return result;
    });
}

Result<StateDict> TorchTrainee::gradients(const HostTensor& x, const HostTensor& labels)
{
    if (const auto ok = m_input.check(x).and_then([&] { return checkLabels(x, labels); }); !ok)
        return tl::unexpected(ok.error());
    return guarded(m_graph.name(), [&]() -> Result<StateDict> {
        const KeptMemory::Use memory(&m_memory);
        at::cross_entropy_loss(forward(x, Statistics::Running), toTorch(labels)).backward();
        StateDict found;
        for (const Learning& parameter : learning()) {
            at::Tensor& gradient = parameter.tensor.mutable_grad();
            found.push_back({parameter.name, gradient.defined() ? toHost(gradient.to(at::kFloat).contiguous())
                                                                : toHost(at::zeros(parameter.tensor.sizes()))});
            gradient.reset();
        }
        return found;
    });
}

Result<HostTensor> TorchTrainee::evaluate(const HostTensor& x)
{
    if (const auto ok = m_input.check(x); !ok)
        return tl::unexpected(ok.error());
    return guarded(m_graph.name(), [&]() -> Result<HostTensor> {
        const KeptMemory::Use memory(&m_memory);
        const c10::InferenceMode inference;
        return toHost(forward(x, Statistics::Running));
    });
}

Result<TraineeState> TorchTrainee::state()
{
    return guarded(m_graph.name(), [&]() -> Result<TraineeState> {
        TraineeState state;
        for (std::size_t i = 0; i < m_parameters.size(); ++i)
            state.weights.push_back(
                {m_graph.parameters()[i].name, toHost(m_parameters[i].detach().clone(at::MemoryFormat::Contiguous))});
        state.optimizer = m_optimizer.state();
        return state;
    });
}

Result<void> TorchTrainee::restore(const TraineeState& state)
{
    const Result<StateDict> weights = matchWeights(m_graph, state.weights);
    if (!weights)
        return tl::unexpected(weights.error());
    return guarded(m_graph.name(), [&]() -> Result<void> {
        const c10::NoGradGuard guard;
        if (const auto restored = m_optimizer.restore(state.optimizer); !restored)
            return restored;
        for (std::size_t i = 0; i < m_parameters.size(); ++i)
            m_parameters[i].copy_(toTorch((*weights)[i].tensor));
        return {};
    });
}

} // namespace lathe::engine
