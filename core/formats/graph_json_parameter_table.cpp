#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/formats/graph_json_nodes_p.h"
#include "core/formats/graph_json_parameters_p.h"

namespace lathe::graphjson {

namespace {

const std::vector<std::string> kParameterKeys{"name", "shape", "dtype", "init", "trainable"};

tl::unexpected<Error> wrongField(const std::string& parameter, const std::string& key, const std::string& expected,
                                 const Json& found)
{
    return wrong(
        fmt::format("\"{}\" of parameter {} should be {}, and is {}", key, parameter, expected, quoted(found)));
}

/// Decodes one field of a declaration where it is there.
template <class T, class Decode>
Result<void> readField(const Json& json, const std::string& parameter, const char* key, std::optional<T>& value,
                       const Decode& decodeValue)
{
    const auto found = json.find(key);
    if (found == json.end())
        return {};
    const std::string expected = decodeValue(*found, value.emplace());
    return expected.empty() ? Result<void>() : Result<void>(wrongField(parameter, key, expected, *found));
}

std::string decodeDType(const Json& json, DType& value)
{
    const auto* name = json.get_ptr<const std::string*>();
    const auto dtype = name == nullptr ? std::nullopt : dtypeFromName(*name);
    value = dtype.value_or(DType::Float32);
    const bool known = dtype == DType::Float32 || dtype == DType::Int64;
    return known ? "" : "\"float32\" or \"int64\"";
}

/// The shape and dtype that go with a derived buffer's window; its values are computed from that.
std::optional<Parameter> derivedForm(const Initialisation& how)
{
    const auto h = static_cast<std::int64_t>(how.a);
    const auto w = static_cast<std::int64_t>(how.b);
    if (how.kind == Initialisation::Kind::RelativePositionIndex)
        return Parameter{{}, {h * w * h * w}, DType::Int64, false, {}};
    if (how.kind == Initialisation::Kind::RelativeCoordsTable)
        return Parameter{{}, {1, 2 * h - 1, 2 * w - 1, 2}, DType::Float32, false, {}};
    return std::nullopt;
}

/// The index may also stand as a square.
bool isDerivedShape(const Shape& shape, const Shape& derived)
{
    const bool square = derived.size() == 1 && shape.size() == 2 && shape[0] == shape[1];
    return shape == derived || (square && shape[0] * shape[1] == derived[0]);
}

Result<void> checkInitialisation(const Parameter& parameter)
{
    const auto form = derivedForm(parameter.initialisation);
    if (form && (form->dtype != parameter.dtype || !isDerivedShape(parameter.shape, form->shape)))
        return wrong(fmt::format("parameter {} is {} of {}, and what \"init\" says makes {} of {}", parameter.name,
                                 name(parameter.dtype), toString(parameter.shape), name(form->dtype),
                                 toString(form->shape)));
    const bool draws = !form && parameter.initialisation.kind != Initialisation::Kind::Constant;
    if (draws && parameter.dtype != DType::Float32)
        return wrong(fmt::format("parameter {} holds whole numbers and cannot be drawn at random", parameter.name));
    return {};
}

/// Those that the node's JSON lists, or its usual ones where it has no list.
Result<std::vector<std::string>> namesFor(const Node& node, const Json* list)
{
    std::vector<std::string> names;
    if (list == nullptr) {
        for (const Parameter& usual : usualParameters(node.name, node.operation))
            names.push_back(usual.name);
        return names;
    }
    const auto complain = [&](const Json& found) {
        return wrong(fmt::format("\"parameters\" of node {} should be a list of names, and is or holds {}", node.name,
                                 quoted(found)));
    };
    if (!list->is_array())
        return complain(*list);
    for (const Json& json : *list)
        if (!decodeName(json, names.emplace_back()).empty())
            return complain(json);
    return names;
}

} // namespace

tl::unexpected<Error> wrong(std::string message)
{
    return fail(ErrorCode::BadFile, std::move(message));
}

Result<ParameterTable::Entry> ParameterTable::readEntry(const Json& json)
{
    Entry entry;
    const Json& name = json.is_object() && json.contains("name") ? json["name"] : json;
    if (const std::string expected = decodeName(name, entry.name); !expected.empty())
        return wrong(fmt::format("a parameter's name should be {}, and is {}", expected, quoted(name)));
    if (!json.is_object())
        return entry;
    for (const auto& [key, value] : json.items())
        if (std::find(kParameterKeys.begin(), kParameterKeys.end(), key) == kParameterKeys.end())
            return wrong(
                fmt::format("parameter {} cannot have \"{}\"{}", entry.name, key, suggestion(key, kParameterKeys)));
    const auto shape = [](const Json& j, Shape& value) { return decode(j, value, 1); };
    const auto flag = [](const Json& j, bool& value) { return decode(j, value, 0); };
    const auto initialisation = [](const Json& j, Initialisation& value) { return decode(j, value); };
    return readField(json, entry.name, "shape", entry.shape, shape)
        .and_then([&] { return readField(json, entry.name, "dtype", entry.dtype, decodeDType); })
        .and_then([&] { return readField(json, entry.name, "init", entry.initialisation, initialisation); })
        .and_then([&] { return readField(json, entry.name, "trainable", entry.trainable, flag); })
        .map([&] { return std::move(entry); });
}

Result<void> ParameterTable::add(Entry entry)
{
    if (!m_ids.emplace(entry.name, static_cast<ParameterId>(m_entries.size())).second)
        return wrong(fmt::format("parameter {} is declared twice", entry.name));
    m_entries.push_back(std::move(entry));
    return {};
}

Result<void> ParameterTable::declare(const Json& list)
{
    if (!list.is_array())
        return wrong(fmt::format("\"parameters\" should be a list, and is {}", quoted(list)));
    for (const Json& json : list)
        if (auto added = readEntry(json).and_then([&](Entry entry) { return add(std::move(entry)); }); !added)
            return added;
    return {};
}

Result<void> ParameterTable::settle(Entry& entry, const Node& node, const Parameter& usual)
{
    if (!entry.user.empty())
        return wrong(fmt::format("parameter {} belongs to node {} and cannot be node {}'s too", entry.name, entry.user,
                                 node.name));
    if (!entry.shape && !shapesFollow(node.operation))
        return wrong(fmt::format("parameter {} of node {} needs a \"shape\"", entry.name, node.name));
    entry.user = node.name;
    entry.settled = {entry.name, entry.shape.value_or(usual.shape), entry.dtype.value_or(usual.dtype),
                     entry.trainable.value_or(usual.trainable), entry.initialisation.value_or(usual.initialisation)};
    if (entry.settled.dtype != usual.dtype)
        return wrong(fmt::format("parameter {} has to be {} for node {}", entry.name, name(usual.dtype), node.name));
    const auto count = countAtLeast(entry.settled.shape);
    m_elements += count.value_or(0);
    if (!count || m_elements > kMostElements)
        return wrong(fmt::format("node {} ({}) has too many parameters: a network may have {} in all", node.name,
                                 operationName(node.operation), kMostElements));
    return checkInitialisation(entry.settled);
}

ParameterTable::Entry& ParameterTable::entryOf(const std::string& name)
{
    const auto [found, added] = m_ids.emplace(name, static_cast<ParameterId>(m_entries.size()));
    if (added)
        m_entries.push_back({name, {}, {}, {}, {}, {}, {}});
    return m_entries[static_cast<std::size_t>(found->second)];
}

Result<std::vector<ParameterId>> ParameterTable::forNode(const Node& node, const Json* list)
{
    const Result<std::vector<std::string>> names = namesFor(node, list);
    if (!names)
        return tl::unexpected(names.error());
    std::vector<ParameterId> ids;
    for (const std::string& name : *names) {
        if (!m_ids.contains(name) && !shapesFollow(node.operation))
            return wrong(fmt::format("parameter {} of node {} is not declared under \"parameters\"", name, node.name));
        Entry& entry = entryOf(name);
        if (auto settled = settle(entry, node, usualParameter(node.operation, ids.size())); !settled)
            return tl::unexpected(settled.error());
        ids.push_back(m_ids.at(name));
    }
    return ids;
}

Result<std::vector<Parameter>> ParameterTable::finish() const
{
    std::vector<Parameter> all;
    for (const Entry& entry : m_entries) {
        if (entry.user.empty())
            return wrong(fmt::format("parameter {} is used by no node", entry.name));
        all.push_back(entry.settled);
    }
    return all;
}

} // namespace lathe::graphjson
