#include "core/graph/module_parameters.h"

#include <algorithm>
#include <cmath>

namespace lathe {

namespace {

/// torch.nn's default for convolutions and linear layers: kaiming_uniform with a = sqrt(5), which is 1 / sqrt(fan in)
/// for weight and bias alike.
Initialisation pytorchDefault(std::int64_t fanIn)
{
    return {Initialisation::Kind::Uniform, 1.0 / std::sqrt(static_cast<double>(std::max<std::int64_t>(fanIn, 1)))};
}

Parameter constant(std::string name, Shape shape, double value)
{
    return {std::move(name), std::move(shape), DType::Float32, true, {Initialisation::Kind::Constant, value}};
}

/// One overload of `operator()` for each operation that is a module with parameters.
struct ModuleParameters {
    const std::string& name;

    std::vector<Parameter> operator()(const op::Conv2d& o) const
    {
        const std::int64_t channels = o.inChannels / std::max<std::int64_t>(o.groups, 1);
        return weightAndBias({o.outChannels, channels, o.kernel[0], o.kernel[1]}, o.bias,
                             pytorchDefault(channels * o.kernel[0] * o.kernel[1]));
    }

    std::vector<Parameter> operator()(const op::Linear& o) const
    {
        return weightAndBias({o.outFeatures, o.inFeatures}, o.bias, pytorchDefault(o.inFeatures));
    }

    std::vector<Parameter> operator()(const op::BatchNorm2d& o) const
    {
        const Shape perChannel{o.channels};
        std::vector<Parameter> all{
            constant(name + ".weight", perChannel, 1.0), constant(name + ".bias", perChannel, 0.0),
            constant(name + ".running_mean", perChannel, 0.0), constant(name + ".running_var", perChannel, 1.0),
            constant(name + ".num_batches_tracked", {}, 0.0)};
        std::for_each(all.begin() + 2, all.end(), [](Parameter& p) { p.trainable = false; });
        all.back().dtype = DType::Int64;
        return all;
    }

    std::vector<Parameter> operator()(const op::LayerNorm& o) const
    {
        return {constant(name + ".weight", {o.features}, 1.0), constant(name + ".bias", {o.features}, 0.0)};
    }

    std::vector<Parameter> operator()(const op::Affine& o) const
    {
        return {constant(name + ".alpha", {1, 1, o.features}, 1.0), constant(name + ".beta", {1, 1, o.features}, 0.0)};
    }

    std::vector<Parameter> operator()(const op::Embedding& o) const
    {
        return {{name + ".weight", {o.entries, o.width}, DType::Float32, true, {Initialisation::Kind::Normal, 1.0}}};
    }

    template <class Op> std::vector<Parameter> operator()(const Op&) const { return {}; }

    std::vector<Parameter> weightAndBias(Shape weight, bool bias, const Initialisation& initialisation) const
    {
        const std::int64_t outputs = weight.front();
        std::vector<Parameter> all{{name + ".weight", std::move(weight), DType::Float32, true, initialisation}};
        if (bias)
            all.push_back({name + ".bias", {outputs}, DType::Float32, true, initialisation});
        return all;
    }
};

} // namespace

std::vector<Parameter> moduleParameters(const std::string& name, const Operation& operation)
{
    return std::visit(ModuleParameters{name}, operation);
}

} // namespace lathe
