#include "core/formats/graph_json_nodes_p.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/formats/graph_json_attributes_p.h"
#include "core/formats/graph_json_parameters_p.h"

namespace lathe::graphjson {

namespace {

/// Of one sample, in steps of arithmetic, and in elements of all values together: costs of any batch stay in 64 bits.
constexpr double kMostWork = 0x1p46;
constexpr std::int64_t kMostActivations = std::int64_t{1} << 40;

/// Takes an operation's attributes from its node's JSON, which is checked on the way.
struct AttributeReader {
    const Json& node;
    const std::vector<Value>& inputs;
    std::vector<std::string> known{"name", "op", "inputs", "parameters"};
    std::string problem{}; ///< the first

    template <class T> void required(const char* name, T& value, std::int64_t least = 1)
    {
        if (!read(name, value, least))
            note(fmt::format("needs the attribute \"{}\"", name));
    }

    template <class T> void optional(const char* name, T& value, const T& usual, std::int64_t least = 1)
    {
        if (!read(name, value, least))
            value = usual;
    }

    void implied(const char* name, std::int64_t& value, Extent extent)
    {
        if (read(name, value, 1) || inputs.empty() || inputs[0].shape.empty())
            return;
        value = extent == Extent::First ? inputs[0].shape.front() : inputs[0].shape.back();
    }

    /// False where it is not there.
    template <class T> bool read(const char* name, T& value, std::int64_t least)
    {
        known.emplace_back(name);
        const auto found = node.find(name);
        if (found == node.end())
            return false;
        if (const std::string expected = decode(*found, value, least); !expected.empty())
            note(fmt::format("has \"{}\": {}, which should be {}", name, quoted(*found), expected));
        return true;
    }

    void note(std::string what)
    {
        if (problem.empty())
            problem = std::move(what);
    }

    /// Empty where the operation knows every attribute.
    std::string unknown() const
    {
        for (const auto& [key, value] : node.items())
            if (std::find(known.begin(), known.end(), key) == known.end())
                return fmt::format("has no attribute \"{}\"{}", key, suggestion(key, known));
        return {};
    }
};

/// What is wrong; a name that is unknown explains another one that is missing.
template <class Op> std::string readAttributes(AttributeReader reader, Op& operation)
{
    attributes(reader, operation, Op{});
    const std::string unknown = reader.unknown();
    return unknown.empty() ? reader.problem : unknown;
}

template <std::size_t... Index> std::vector<Operation> oneOfEach(std::index_sequence<Index...>)
{
    return {Operation(std::in_place_index<Index>)...};
}

/// Every operation a node of the text can be, each activation by itself.
std::vector<Operation> makePrototypes()
{
    std::vector<Operation> all = oneOfEach(std::make_index_sequence<std::variant_size_v<Operation>>());
    std::erase_if(all, [](const Operation& o) {
        return std::holds_alternative<op::Input>(o) || std::holds_alternative<op::Sealed>(o) ||
               std::holds_alternative<op::Activation>(o);
    });
    // What is no kind any more has no name of its own.
    for (int kind = 0;; ++kind) {
        const Operation activation = op::Activation{static_cast<op::Activation::Kind>(kind)};
        if (operationName(activation) == "Activation")
            return all;
        all.push_back(activation);
    }
}

Result<Operation> operationNamed(const std::string& node, const Json& json)
{
    static const std::vector<Operation> kPrototypes = makePrototypes();
    const auto* wanted = json.contains("op") ? json["op"].get_ptr<const std::string*>() : nullptr;
    if (wanted == nullptr)
        return wrong(fmt::format("node {} needs an \"op\", the name of its operation, such as \"Conv2d\"", node));
    std::vector<std::string> names;
    for (const Operation& operation : kPrototypes) {
        if (operationName(operation) == *wanted)
            return operation;
        names.emplace_back(operationName(operation));
    }
    return wrong(fmt::format("node {} has the unknown operation {}{}", node, quoted(Json(*wanted)),
                             suggestion(*wanted, names, "; the help lists all operations")));
}

/// Steps of arithmetic, rather too many than too few, and as a double so that it cannot overflow.
double workBound(const Node& node, const std::vector<Value>& inputs)
{
    const auto count = [](const Value& value) { return static_cast<double>(elementCount(value.shape)); };
    const auto area = [](const op::Size2& size) { return static_cast<double>(size[0]) * static_cast<double>(size[1]); };
    const double outputs = count(node.output);
    double perOutput = 8.0;
    if (const auto* conv = std::get_if<op::Conv2d>(&node.operation))
        perOutput = static_cast<double>(conv->inChannels) / static_cast<double>(conv->groups) * area(conv->kernel);
    else if (const auto* linear = std::get_if<op::Linear>(&node.operation))
        perOutput = static_cast<double>(linear->inFeatures);
    else if (const auto* pool = std::get_if<op::MaxPool2d>(&node.operation))
        perOutput = area(pool->kernel);
    else if (const auto* average = std::get_if<op::AvgPool2d>(&node.operation))
        perOutput = area(average->kernel);
    else if (std::holds_alternative<op::Attention>(node.operation)) // q k^T, its passes, and the product with v
        perOutput = 8.0 * static_cast<double>(node.output.shape[node.output.shape.size() - 2]);
    return outputs * perOutput + (inputs.empty() ? 0.0 : count(inputs[0]));
}

class NodeReader {
public:
    NodeReader(const Value& input, const Json& nodes, ParameterTable& parameters)
        : m_list(nodes), m_parameters(parameters)
    {
        add({"input", op::Input{}, {}, {}, input});
    }

    Result<std::vector<Node>> read()
    {
        for (std::size_t i = 0; i < m_list.size(); ++i)
            if (auto done = readNode(i); !done)
                return tl::unexpected(done.error());
        return std::move(m_nodes);
    }

private:
    void add(Node node)
    {
        m_ids.emplace(node.name, static_cast<NodeId>(m_nodes.size()));
        m_nodes.push_back(std::move(node));
    }

    Result<void> readNode(std::size_t index)
    {
        const Json& json = m_list[index];
        Node node;
        return readName(json, index)
            .and_then([&](std::string name) {
                node.name = std::move(name);
                return operationNamed(node.name, json);
            })
            .and_then([&](Operation operation) {
                node.operation = std::move(operation);
                return readInputs(json, node);
            })
            .and_then([&] { return readOperation(json, node); })
            .and_then([&] { return infer(node); })
            .map([&] { add(std::move(node)); });
    }

    Result<std::string> readName(const Json& json, std::size_t index) const
    {
        if (!json.is_object())
            return wrong(fmt::format("entry {} of \"nodes\" should be an object, and is {}", index + 1, quoted(json)));
        std::string name;
        const Json& found = json.contains("name") ? json["name"] : Json();
        if (const std::string expected = decodeName(found, name); !expected.empty())
            return wrong(fmt::format("the \"name\" of entry {} of \"nodes\" should be {}, and is {}", index + 1,
                                     expected, quoted(found)));
        if (name == "input")
            return wrong(
                fmt::format("entry {} of \"nodes\" cannot be named input: that is the network's input", index + 1));
        if (m_ids.contains(name))
            return wrong(fmt::format("node {} has the same name as another node", name));
        return name;
    }

    /// The node before is the input where the text names none.
    Result<void> readInputs(const Json& json, Node& node) const
    {
        const auto found = json.find("inputs");
        if (found == json.end()) {
            if (!isConstant(node.operation))
                node.inputs.push_back(static_cast<NodeId>(m_nodes.size()) - 1);
            return {};
        }
        if (!found->is_array())
            return wrong(describe(
                node, fmt::format("has \"inputs\": {}, which should be a list of nodes' names", quoted(*found))));
        for (const Json& name : *found) {
            const auto* text = name.get_ptr<const std::string*>();
            const auto id = text == nullptr ? m_ids.end() : m_ids.find(*text);
            if (id == m_ids.end())
                return wrong(describe(node, unknownInput(name)));
            node.inputs.push_back(id->second);
        }
        return {};
    }

    std::string unknownInput(const Json& name) const
    {
        const bool later = std::any_of(m_list.begin(), m_list.end(), [&](const Json& json) {
            return json.is_object() && json.contains("name") && json["name"] == name;
        });
        if (later)
            return fmt::format("reads {}, which is not there yet: nodes stand in the order they run, and a network has "
                               "no loops",
                               quoted(name));
        std::vector<std::string> names;
        for (const Node& node : m_nodes)
            names.push_back(node.name);
        const auto* text = name.get_ptr<const std::string*>();
        return fmt::format("reads {}, and there is no such node{}", quoted(name),
                           text == nullptr ? "" : suggestion(*text, names));
    }

    std::vector<Value> inputsOf(const Node& node) const
    {
        std::vector<Value> values;
        for (const NodeId id : node.inputs)
            values.push_back(m_nodes[static_cast<std::size_t>(id)].output);
        return values;
    }

    Result<void> readOperation(const Json& json, Node& node)
    {
        const std::vector<Value> inputs = inputsOf(node);
        const std::string problem = std::visit(
            [&](auto& operation) {
                return readAttributes(AttributeReader{json, inputs}, operation);
            },
            node.operation);
        if (!problem.empty())
            return wrong(describe(node, problem));
        const auto listed = json.find("parameters");
        return m_parameters.forNode(node, listed == json.end() ? nullptr : &*listed)
            .map([&](std::vector<ParameterId> ids) { node.parameters = std::move(ids); });
    }

    Result<void> infer(Node& node)
    {
        std::vector<Shape> shapes;
        for (const ParameterId id : node.parameters)
            shapes.push_back(m_parameters.shape(id));
        const std::vector<Value> inputs = inputsOf(node);
        Result<Value> output = inferOutput(node.operation, inputs, shapes);
        if (!output)
            return wrong(describe(node, output.error().message));
        node.output = *std::move(output);
        return checkSize(node, inputs);
    }

    Result<void> checkSize(const Node& node, const std::vector<Value>& inputs)
    {
        const auto count = countWithinLimits(node.output.shape);
        m_activations += count.value_or(0);
        if (!count || m_activations > kMostActivations)
            return wrong(describe(
                node, fmt::format("makes {}, which is more than any machine could hold", toString(node.output.shape))));
        m_work += workBound(node, inputs);
        if (m_work > kMostWork)
            return wrong(describe(node, "brings the work for one sample beyond 70 trillion steps"));
        return {};
    }

    static std::string describe(const Node& node, const std::string& what)
    {
        return fmt::format("node {} ({}) {}", node.name, operationName(node.operation), what);
    }

    const Json& m_list;
    ParameterTable& m_parameters;
    std::vector<Node> m_nodes;
    std::unordered_map<std::string, NodeId> m_ids;
    std::int64_t m_activations = 0;
    double m_work = 0.0;
};

} // namespace

Result<Draft> readNodes(const Value& input, const Json& nodes, const Json* parameters)
{
    if (!nodes.is_array() || nodes.empty())
        return wrong("\"nodes\" should be a list with at least one node");
    ParameterTable table;
    if (parameters != nullptr)
        if (auto declared = table.declare(*parameters); !declared)
            return tl::unexpected(declared.error());
    Draft draft;
    return NodeReader(input, nodes, table)
        .read()
        .and_then([&](std::vector<Node> read) {
            draft.nodes = std::move(read);
            return table.finish();
        })
        .map([&](std::vector<Parameter> all) {
            draft.parameters = std::move(all);
            return std::move(draft);
        });
}

} // namespace lathe::graphjson
