#include <algorithm>

#include <fmt/format.h>

#include "core/formats/graph_json.h"
#include "core/formats/graph_json_attributes_p.h"
#include "core/formats/graph_json_parameters_p.h"

namespace lathe {

namespace graphjson {

namespace {

/// Puts into a node's JSON what a reader could not know by itself.
struct AttributeWriter {
    Json& node;

    template <class T> void required(const char* name, const T& value, std::int64_t = 1) { node[name] = encode(value); }

    template <class T> void optional(const char* name, const T& value, const T& usual, std::int64_t = 1)
    {
        if (value != usual)
            required(name, value);
    }

    void implied(const char*, std::int64_t, Extent) {}
};

template <class Op> void writeAttributes(Json& node, Op operation)
{
    AttributeWriter writer{node};
    attributes(writer, operation, Op{});
}

std::vector<NodeId> usualInputs(const Node& node, NodeId id)
{
    return isConstant(node.operation) ? std::vector<NodeId>() : std::vector<NodeId>{id - 1};
}

template <class Id, class Entries> Json namesOf(const std::vector<Id>& ids, const Entries& entries)
{
    Json names = Json::array();
    for (const Id id : ids)
        names.push_back(entries[static_cast<std::size_t>(id)].name);
    return names;
}

Json toJson(const Graph& graph, NodeId id)
{
    const Node& node = graph.node(id);
    Json json{{"name", node.name}, {"op", operationName(node.operation)}};
    if (node.inputs != usualInputs(node, id))
        json["inputs"] = namesOf(node.inputs, graph.nodes());
    std::visit([&](const auto& operation) { writeAttributes(json, operation); }, node.operation);
    const Json own = namesOf(node.parameters, graph.parameters());
    Json usual = Json::array();
    for (const Parameter& parameter : usualParameters(node.name, node.operation))
        usual.push_back(parameter.name);
    if (own != usual)
        json["parameters"] = own;
    return json;
}

bool same(const Initialisation& a, const Initialisation& b)
{
    return a.kind == b.kind && a.a == b.a && a.b == b.b;
}

/// Its name alone where it is what its node says; otherwise with what differs.
Json toJson(const Parameter& parameter, const Parameter& usual)
{
    Json json{{"name", parameter.name}};
    if (usual.shape != parameter.shape)
        json["shape"] = parameter.shape;
    if (usual.dtype != parameter.dtype)
        json["dtype"] = name(parameter.dtype);
    if (!same(usual.initialisation, parameter.initialisation))
        json["init"] = encode(parameter.initialisation);
    if (usual.trainable != parameter.trainable)
        json["trainable"] = parameter.trainable;
    return json.size() == 1 ? json["name"] : json;
}

/// For each parameter of the graph what its node says of it.
std::vector<Parameter> usualsOf(const Graph& graph)
{
    std::vector<Parameter> usual(graph.parameters().size());
    for (const Node& node : graph.nodes())
        for (std::size_t i = 0; i < node.parameters.size(); ++i)
            usual[static_cast<std::size_t>(node.parameters[i])] = usualParameter(node.operation, i);
    return usual;
}

Json parametersJson(const Graph& graph)
{
    const std::vector<Parameter> usual = usualsOf(graph);
    Json all = Json::array();
    for (std::size_t i = 0; i < usual.size(); ++i)
        all.push_back(toJson(graph.parameters()[i], usual[i]));
    return all;
}

/// In the order in which nodes without a list would declare them.
Json usualOrder(const Graph& graph)
{
    Json names = Json::array();
    for (const Node& node : graph.nodes())
        for (const Parameter& parameter : usualParameters(node.name, node.operation))
            names.push_back(parameter.name);
    return names;
}

Json headJson(const GraphFile& file)
{
    const Graph& graph = file.graph;
    Json head{{"format", "lathe-graph"}, {"version", GraphFile::kFormatVersion},
              {"name", graph.name()},    {"family", file.family},
              {"type", name(file.type)}, {"input", graph.inputShape()}};
    if (graph.vocabulary() > 0)
        head["vocabulary"] = graph.vocabulary();
    if (!graph.trainingOnly().empty())
        head["training_only"] = graph.trainingOnly();
    return head;
}

/// On one line, with a space behind each comma and colon.
std::string line(const Json& json)
{
    if (!json.is_structured())
        return json.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string text;
    for (const auto& [key, value] : json.items()) {
        text += text.empty() ? "" : ", ";
        text += json.is_object() ? line(key) + ": " + line(value) : line(value);
    }
    return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

std::string lines(const Json& list)
{
    std::string text;
    for (const Json& entry : list)
        text += fmt::format("{}\n    {}", text.empty() ? "" : ",", line(entry));
    return fmt::format("[{}\n  ]", text);
}

} // namespace

} // namespace graphjson

std::string graphToJson(const GraphFile& file)
{
    using namespace graphjson;
    const Graph& graph = file.graph;
    std::string text = "{\n";
    const Json head = headJson(file);
    for (const auto& [key, value] : head.items())
        text += fmt::format("  \"{}\": {},\n", key, line(value));
    if (const Json parameters = parametersJson(graph); parameters != usualOrder(graph))
        text += fmt::format("  \"parameters\": {},\n", lines(parameters));
    const auto last = static_cast<NodeId>(graph.nodes().size()) - 1;
    if (graph.output() != last)
        text += fmt::format("  \"output\": {},\n", line(graph.node(graph.output()).name));
    Json nodes = Json::array();
    for (NodeId id = 1; id <= last; ++id)
        nodes.push_back(toJson(graph, id));
    return text + fmt::format("  \"nodes\": {}\n}}\n", lines(nodes));
}

} // namespace lathe
