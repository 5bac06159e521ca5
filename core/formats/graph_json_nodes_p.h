#pragma once

// Private to core/formats: the nodes and parameters of a graph's JSON, read and checked one by one.

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/formats/graph_json_values_p.h"

namespace lathe::graphjson {

tl::unexpected<Error> wrong(std::string message);

/// The parameters of a text: those under "parameters" first, then what nodes bring along.
class ParameterTable {
public:
    /// `list` is the text's "parameters".
    Result<void> declare(const Json& list);

    /// The parameters of a node (name, operation), by the names in `list` (may be null) or its usual ones.
    Result<std::vector<ParameterId>> forNode(const Node& node, const Json* list);

    const Shape& shape(ParameterId id) const { return m_entries[static_cast<std::size_t>(id)].settled.shape; }

    /// In the order of the state dict; an error names one that no node uses.
    Result<std::vector<Parameter>> finish() const;

private:
    /// What the text says of a parameter; what it leaves out, its node knows.
    struct Entry {
        std::string name;
        std::optional<Shape> shape;
        std::optional<DType> dtype;
        std::optional<Initialisation> initialisation;
        std::optional<bool> trainable;
        std::string user; ///< the node
        Parameter settled;
    };

    Result<void> add(Entry entry);
    Entry& entryOf(const std::string& name); ///< made where it is not there
    Result<void> settle(Entry& entry, const Node& node, const Parameter& usual);
    static Result<Entry> readEntry(const Json& json);

    std::vector<Entry> m_entries;
    std::unordered_map<std::string, ParameterId> m_ids;
    std::int64_t m_elements = 0;
};

/// Nodes whose names, inputs, attributes, parameters, shapes and sizes are sound.
struct Draft {
    std::vector<Node> nodes; ///< the input first
    std::vector<Parameter> parameters;
};

/// `input` is the first node; `nodes` and `parameters` (may be null) are the text's.
Result<Draft> readNodes(const Value& input, const Json& nodes, const Json* parameters);

} // namespace lathe::graphjson
