#include "core/graph/graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace lathe {

namespace {

/// torch.nn's default for convolutions and linear layers: kaiming_uniform with a = sqrt(5), which is 1 / sqrt(fan in)
/// for weight and bias alike.
Initialisation pytorchDefault(std::int64_t fanIn)
{
    return {Initialisation::Kind::Uniform, 1.0 / std::sqrt(static_cast<double>(std::max<std::int64_t>(fanIn, 1)))};
}

std::int64_t fanIn(const op::Conv2d& conv)
{
    return conv.inChannels / std::max<std::int64_t>(conv.groups, 1) * conv.kernel[0] * conv.kernel[1];
}

Initialisation constant(double value)
{
    return {Initialisation::Kind::Constant, value};
}

} // namespace

bool Parameter::derived() const
{
    return initialisation.kind == Initialisation::Kind::RelativePositionIndex ||
           initialisation.kind == Initialisation::Kind::RelativeCoordsTable;
}

bool Graph::isSealed() const
{
    return std::any_of(m_nodes.begin(), m_nodes.end(),
                       [](const Node& node) { return std::holds_alternative<op::Sealed>(node.operation); });
}

bool Graph::isTrainingOnly(std::string_view parameter) const
{
    return std::any_of(m_trainingOnly.begin(), m_trainingOnly.end(),
                       [&](const std::string& module) { return parameter.starts_with(module + "."); });
}

GraphBuilder::GraphBuilder(std::string name, Shape input, std::int64_t vocabulary)
{
    const DType dtype = vocabulary > 0 ? DType::Int64 : DType::Float32;
    m_graph.m_name = std::move(name);
    m_graph.m_nodes.push_back({"input", op::Input{vocabulary}, {}, {}, {std::move(input), true, dtype}});
}

ParameterId GraphBuilder::parameter(std::string name, Shape shape, Initialisation initialisation, bool trainable,
                                    DType dtype)
{
    m_graph.m_parameters.push_back({std::move(name), std::move(shape), dtype, trainable, initialisation});
    return static_cast<ParameterId>(m_graph.m_parameters.size()) - 1;
}

void GraphBuilder::trainingOnly(std::string module)
{
    m_graph.m_trainingOnly.push_back(std::move(module));
}

NodeId GraphBuilder::add(std::string name, Operation operation, std::vector<NodeId> inputs,
                         std::vector<ParameterId> parameters)
{
    if (m_failed)
        return 0;
    std::vector<Value> values;
    for (const NodeId id : inputs)
        values.push_back(m_graph.node(id).output);
    std::vector<Shape> shapes;
    for (const ParameterId id : parameters)
        shapes.push_back(m_graph.parameter(id).shape);
    Result<Value> output = inferOutput(operation, values, shapes);
    if (!output) {
        fail(fmt::format("{} ({})", name, operationName(operation)), output.error().message);
        return 0;
    }
    m_graph.m_nodes.push_back(
        {std::move(name), std::move(operation), std::move(inputs), std::move(parameters), *std::move(output)});
    return static_cast<NodeId>(m_graph.m_nodes.size()) - 1;
}

NodeId GraphBuilder::conv2d(const std::string& name, NodeId x, const op::Conv2d& conv)
{
    return conv2d(name, x, conv, pytorchDefault(fanIn(conv)), pytorchDefault(fanIn(conv)));
}

NodeId GraphBuilder::conv2d(const std::string& name, NodeId x, const op::Conv2d& conv, Initialisation weight,
                            Initialisation bias)
{
    const std::int64_t groups = std::max<std::int64_t>(conv.groups, 1);
    std::vector<ParameterId> parameters{parameter(
        name + ".weight", {conv.outChannels, conv.inChannels / groups, conv.kernel[0], conv.kernel[1]}, weight)};
    if (conv.bias)
        parameters.push_back(parameter(name + ".bias", {conv.outChannels}, bias));
    return add(name, conv, {x}, std::move(parameters));
}

NodeId GraphBuilder::batchNorm2d(const std::string& name, NodeId x, double eps, double momentum, double weight)
{
    const std::int64_t channels = shape(x).front();
    const Shape perChannel{channels};
    std::vector<ParameterId> parameters{
        parameter(name + ".weight", perChannel, constant(weight)),
        parameter(name + ".bias", perChannel, constant(0.0)),
        parameter(name + ".running_mean", perChannel, constant(0.0), false),
        parameter(name + ".running_var", perChannel, constant(1.0), false),
        parameter(name + ".num_batches_tracked", {}, constant(0.0), false, DType::Int64),
    };
    return add(name, op::BatchNorm2d{channels, eps, momentum}, {x}, std::move(parameters));
}

NodeId GraphBuilder::linear(const std::string& name, NodeId x, std::int64_t outFeatures, bool bias)
{
    const Initialisation initialisation = pytorchDefault(shape(x).back());
    return linear(name, x, outFeatures, initialisation, initialisation, bias);
}

NodeId GraphBuilder::linear(const std::string& name, NodeId x, std::int64_t outFeatures, Initialisation weight,
                            Initialisation bias, bool hasBias)
{
    const std::int64_t inFeatures = shape(x).back();
    std::vector<ParameterId> parameters{parameter(name + ".weight", {outFeatures, inFeatures}, weight)};
    if (hasBias)
        parameters.push_back(parameter(name + ".bias", {outFeatures}, bias));
    return add(name, op::Linear{inFeatures, outFeatures, hasBias}, {x}, std::move(parameters));
}

NodeId GraphBuilder::embedding(const std::string& name, NodeId ids, std::int64_t entries, std::int64_t width,
                               Initialisation weight)
{
    return add(name, op::Embedding{entries, width}, {ids}, {parameter(name + ".weight", {entries, width}, weight)});
}

NodeId GraphBuilder::layerNorm(const std::string& name, NodeId x, double eps, double weight)
{
    const std::int64_t features = shape(x).back();
    std::vector<ParameterId> parameters{parameter(name + ".weight", {features}, constant(weight)),
                                        parameter(name + ".bias", {features}, constant(0.0))};
    return add(name, op::LayerNorm{features, eps}, {x}, std::move(parameters));
}

NodeId GraphBuilder::activation(const std::string& name, NodeId x, op::Activation::Kind kind, bool inPlace)
{
    return add(name, op::Activation{kind, inPlace}, {x});
}

NodeId GraphBuilder::addition(const std::string& name, NodeId a, NodeId b, bool inPlace)
{
    return add(name, op::Add{inPlace}, {a, b});
}

const Shape& GraphBuilder::shape(NodeId id) const
{
    static const Shape kHarmless{1, 1, 1};
    return m_failed ? kHarmless : m_graph.node(id).output.shape;
}

void GraphBuilder::fail(const std::string& node, const std::string& what)
{
    if (m_failed)
        return;
    m_failed = true;
    m_error = {ErrorCode::InvalidArgument,
               fmt::format("{}: node {} {}.", m_graph.m_name.empty() ? "network" : m_graph.m_name, node, what)};
}

Result<Graph> GraphBuilder::finish(NodeId output)
{
    std::vector<std::string_view> names;
    for (const Node& node : m_graph.m_nodes)
        names.emplace_back(node.name);
    std::sort(names.begin(), names.end());
    if (const auto twin = std::adjacent_find(names.begin(), names.end()); twin != names.end())
        fail(std::string(*twin), "has the same name as another node");
    if (m_failed)
        return tl::unexpected(m_error);
    m_graph.m_output = output;
    return std::move(m_graph);
}

} // namespace lathe
