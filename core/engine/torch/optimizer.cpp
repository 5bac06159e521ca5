#include "core/engine/torch/optimizer.h"

#include <algorithm>
#include <unordered_map>

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "core/engine/torch/tensors.h"

namespace lathe::engine {

namespace {

constexpr const char* kStep = "step";

std::vector<std::string> momentNames(const OptimizerOptions& options)
{
    if (options.kind != OptimizerOptions::Kind::Sgd)
        return {"exp_avg", "exp_avg_sq"};
    return options.momentum > 0.0 ? std::vector<std::string>{"momentum_buffer"} : std::vector<std::string>{};
}

} // namespace

Optimizer::Optimizer(const OptimizerOptions& options, std::vector<Learning> parameters)
    : m_options(options), m_parameters(std::move(parameters)), m_step(at::zeros({}, at::kFloat))
{
    for (std::string& name : momentNames(options)) {
        Moment& moment = m_moments.emplace_back(Moment{std::move(name), {}});
        for (const Learning& parameter : m_parameters)
            moment.tensors.push_back(at::zeros_like(parameter.tensor.detach()));
    }
}

Optimizer::Lists Optimizer::learningNow() const
{
    Lists lists;
    lists.moments.resize(m_moments.size());
    for (std::size_t i = 0; i < m_parameters.size(); ++i) {
        const at::Tensor& gradient = m_parameters[i].tensor.grad();
        if (!gradient.defined())
            continue;
        lists.parameters.push_back(m_parameters[i].tensor);
        lists.gradients.push_back(gradient);
        for (std::size_t moment = 0; moment < m_moments.size(); ++moment)
            lists.moments[moment].push_back(m_moments[moment].tensors[i]);
    }
    return lists;
}

void Optimizer::stepSgd(const Lists& lists, double learningRate) const
{
    // A momentum buffer of zeros takes the first gradient as torch.optim's first step does.
    at::_fused_sgd_(lists.parameters, lists.gradients, lists.moments.empty() ? Tensors{} : lists.moments[0],
                    m_options.weightDecay, m_options.momentum, learningRate, 0.0, m_options.nesterov, false, false);
}

void Optimizer::stepAdam(const Lists& lists, double learningRate) const
{
    const Tensors steps(lists.parameters.size(), m_step);
    const auto update = [&](auto function) {
        function(lists.parameters, lists.gradients, lists.moments[0], lists.moments[1], Tensors{}, steps, learningRate,
                 m_options.beta1, m_options.beta2, m_options.weightDecay, m_options.epsilon, false, false);
    };
    if (m_options.kind == OptimizerOptions::Kind::Adam)
        update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
    else
        update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
}

void Optimizer::step(double learningRate)
{
    const c10::NoGradGuard guard;
    const Lists lists = learningNow();
    if (!lists.parameters.empty() && m_options.kind == OptimizerOptions::Kind::Sgd) {
        stepSgd(lists, learningRate);
    } else if (!lists.parameters.empty()) {
        m_step.add_(1);
        stepAdam(lists, learningRate);
    }
    for (const Learning& parameter : m_parameters)
        parameter.tensor.mutable_grad().reset();
}

StateDict Optimizer::state() const
{
    StateDict state;
    for (const Moment& moment : m_moments)
        for (std::size_t i = 0; i < m_parameters.size(); ++i)
            state.push_back({moment.name + "." + m_parameters[i].name,
                             toHost(moment.tensors[i].clone(at::MemoryFormat::Contiguous))});
    if (m_options.kind != OptimizerOptions::Kind::Sgd)
        state.push_back({kStep, toHost(m_step.clone())});
    return state;
}

Result<void> Optimizer::restore(const StateDict& state)
{
    std::unordered_map<std::string, at::Tensor> targets;
    for (const Moment& moment : m_moments)
        for (std::size_t i = 0; i < m_parameters.size(); ++i)
            targets.emplace(moment.name + "." + m_parameters[i].name, moment.tensors[i]);
    if (m_options.kind != OptimizerOptions::Kind::Sgd)
        targets.emplace(kStep, m_step);
    const bool fits =
        state.size() == targets.size() && std::all_of(state.begin(), state.end(), [&](const NamedTensor& entry) {
            const auto target = targets.find(entry.name);
            return target != targets.end() && entry.tensor.dtype == DType::Float32 &&
                   target->second.sizes() == at::IntArrayRef(entry.tensor.shape);
        });
    if (!fits)
        return fail(ErrorCode::InvalidArgument,
                    "The state of the optimizer belongs to another network or optimizer; start the training over.");
    for (const NamedTensor& entry : state)
        targets.at(entry.name).copy_(toTorch(entry.tensor));
    return {};
}

} // namespace lathe::engine
