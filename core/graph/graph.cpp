#include "core/graph/graph.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/graph/module_parameters.h"

namespace lathe {

namespace {

Initialisation constant(double value)
{
    return {Initialisation::Kind::Constant, value};
}

/// First values other than PyTorch's defaults, in the parameters' order.
std::vector<Parameter> initialised(std::vector<Parameter> parameters, const std::vector<Initialisation>& values)
{
    for (std::size_t i = 0; i < std::min(parameters.size(), values.size()); ++i)
        parameters[i].initialisation = values[i];
    return parameters;
}

std::vector<ParameterId> declare(GraphBuilder& builder, std::vector<Parameter> parameters)
{
    std::vector<ParameterId> ids;
    for (Parameter& p : parameters)
        ids.push_back(builder.parameter(std::move(p.name), std::move(p.shape), p.initialisation, p.trainable, p.dtype));
    return ids;
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
    return add(name, conv, {x}, declare(*this, moduleParameters(name, conv)));
}

NodeId GraphBuilder::conv2d(const std::string& name, NodeId x, const op::Conv2d& conv, Initialisation weight,
                            Initialisation bias)
{
    return add(name, conv, {x}, declare(*this, initialised(moduleParameters(name, conv), {weight, bias})));
}

NodeId GraphBuilder::batchNorm2d(const std::string& name, NodeId x, double eps, double momentum, double weight)
{
    const op::BatchNorm2d norm{shape(x).front(), eps, momentum};
    return add(name, norm, {x}, declare(*this, initialised(moduleParameters(name, norm), {constant(weight)})));
}

NodeId GraphBuilder::linear(const std::string& name, NodeId x, std::int64_t outFeatures, bool bias)
{
    const op::Linear linear{shape(x).back(), outFeatures, bias};
    return add(name, linear, {x}, declare(*this, moduleParameters(name, linear)));
}

NodeId GraphBuilder::linear(const std::string& name, NodeId x, std::int64_t outFeatures, Initialisation weight,
                            Initialisation bias, bool hasBias)
{
    const op::Linear linear{shape(x).back(), outFeatures, hasBias};
    return add(name, linear, {x}, declare(*this, initialised(moduleParameters(name, linear), {weight, bias})));
}

NodeId GraphBuilder::embedding(const std::string& name, NodeId ids, std::int64_t entries, std::int64_t width,
                               Initialisation weight)
{
    const op::Embedding embedding{entries, width};
    return add(name, embedding, {ids}, declare(*this, initialised(moduleParameters(name, embedding), {weight})));
}

NodeId GraphBuilder::layerNorm(const std::string& name, NodeId x, double eps, double weight)
{
    const op::LayerNorm norm{shape(x).back(), eps};
    return add(name, norm, {x}, declare(*this, initialised(moduleParameters(name, norm), {constant(weight)})));
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
