#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/formats/graph_json.h"
#include "core/formats/graph_json_checks_p.h"
#include "core/formats/graph_json_nodes_p.h"

namespace lathe {

namespace graphjson {

namespace {

constexpr std::size_t kLargestText = std::size_t{64} << 20;
constexpr int kDeepest = 16; ///< nesting; a sound text has 5
constexpr std::size_t kLongestComplaint = 160;

const std::vector<std::string> kKeys{"format",     "version",       "name",       "family", "type",  "input",
                                     "vocabulary", "training_only", "parameters", "nodes",  "output"};

/// Lists and objects within each other, at their deepest.
int nesting(std::string_view text)
{
    int depth = 0;
    int deepest = 0;
    bool inText = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"')
            inText = !inText;
        else if (inText)
            i += c == '\\' ? 1 : 0;
        else if (c == '[' || c == '{')
            deepest = std::max(deepest, ++depth);
        else if (c == ']' || c == '}')
            --depth;
    }
    return deepest;
}

/// "line 3, column 7 is no JSON: ..." from the parser's own words.
std::string complaint(const std::string& parser)
{
    const std::size_t where = parser.find("line ");
    const std::size_t colon = parser.find(": ", where);
    std::string text = where == std::string::npos || colon == std::string::npos
                           ? "it is no JSON: " + parser.substr(std::min(parser.size(), parser.find("] ") + 2))
                           : parser.substr(where, colon - where) + " is no JSON" + parser.substr(colon);
    std::size_t end = std::min(text.size(), kLongestComplaint);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

Result<Json> parse(std::string_view text)
{
    if (text.size() > kLargestText)
        return wrong(fmt::format("it has {} bytes, which is more than any graph needs", text.size()));
    if (nesting(text) > kDeepest)
        return wrong("its lists and objects are nested more deeply than a graph's");
    try {
        return Json::parse(text);
    } catch (const Json::exception& error) {
        return wrong(complaint(error.what()));
    }
}

Result<void> checkFormat(const Json& document)
{
    if (!document.is_object() || !document.contains("format") || document["format"] != "lathe-graph")
        return wrong("it is no graph of Lathe's: it does not begin with \"format\": \"lathe-graph\"");
    const Json version = document.contains("version") ? document["version"] : Json();
    if (!version.is_number_integer() || version < 1)
        return wrong(fmt::format("\"version\" should be {}, and is {}", GraphFile::kFormatVersion, quoted(version)));
    if (version > GraphFile::kFormatVersion)
        return fail(ErrorCode::Unsupported,
                    fmt::format("it was written by a newer Lathe (version {} of the format; this one reads up to {})",
                                quoted(version), GraphFile::kFormatVersion));
    for (const auto& [key, value] : document.items())
        if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
            return wrong(fmt::format("it cannot have \"{}\"{}", key, suggestion(key, kKeys)));
    return {};
}

/// A text under a key; `usual` where there is none.
Result<std::string> readText(const Json& document, const char* key, const std::string& usual)
{
    std::string text = usual;
    const Json& found = document.contains(key) ? document[key] : Json(usual);
    if (const std::string expected = decodeName(found, text); !expected.empty())
        return wrong(fmt::format("\"{}\" should be {}, and is {}", key, expected, quoted(found)));
    return text;
}

Result<ArchitectureType> readType(const Json& document)
{
    return readText(document, "type", "cnn").and_then([](const std::string& text) -> Result<ArchitectureType> {
        if (const auto type = architectureTypeFromName(text))
            return *type;
        return wrong(fmt::format("\"type\" should be \"cnn\", \"vit\", \"mlp\", \"hybrid\" or \"transformer\", and is "
                                 "\"{}\"",
                                 text));
    });
}

/// The first node's value: that of the text, or of a caller who wants another size.
Result<Value> readInput(const Json& document, const Shape& wanted)
{
    std::int64_t vocabulary = 0;
    if (document.contains("vocabulary"))
        if (const std::string expected = decode(document["vocabulary"], vocabulary, 1); !expected.empty())
            return wrong(
                fmt::format("\"vocabulary\" should be {}, and is {}", expected, quoted(document["vocabulary"])));
    const Json found = wanted.empty() ? (document.contains("input") ? document["input"] : Json()) : Json(wanted);
    const char* form = vocabulary > 0 ? "[tokens]" : "[channels, height, width]";
    Shape input;
    if (!decode(found, input, 1).empty() || input.size() != (vocabulary > 0 ? 1U : 3U) ||
        std::any_of(input.begin(), input.end(), [](std::int64_t extent) { return extent > kLargestSize; }))
        return wrong(
            fmt::format("\"input\" should be {}, each from 1 to {}, and is {}", form, kLargestSize, quoted(found)));
    return Value{input, true, vocabulary > 0 ? DType::Int64 : DType::Float32};
}

Result<std::vector<std::string>> readTrainingOnly(const Json& document)
{
    std::vector<std::string> modules;
    if (!document.contains("training_only"))
        return modules;
    const Json& list = document["training_only"];
    if (!list.is_array())
        return wrong(fmt::format("\"training_only\" should be a list of modules' names, and is {}", quoted(list)));
    for (const Json& name : list)
        if (!decodeName(name, modules.emplace_back()).empty())
            return wrong(
                fmt::format("\"training_only\" should be a list of modules' names, and holds {}", quoted(name)));
    return modules;
}

Result<NodeId> readOutput(const Json& document, const Draft& draft)
{
    if (!document.contains("output"))
        return static_cast<NodeId>(draft.nodes.size()) - 1;
    const Json& wanted = document["output"];
    for (std::size_t id = 1; id < draft.nodes.size(); ++id)
        if (wanted == draft.nodes[id].name)
            return static_cast<NodeId>(id);
    return wrong(fmt::format("\"output\" should name a node, and is {}", quoted(wanted)));
}

/// Everything is sound by now: the builder puts it together.
Result<Graph> build(const std::string& name, Draft draft, NodeId output, std::vector<std::string> trainingOnly,
                    std::int64_t vocabulary)
{
    GraphBuilder builder(name, draft.nodes.front().output.shape, vocabulary);
    for (Parameter& p : draft.parameters)
        builder.parameter(std::move(p.name), std::move(p.shape), p.initialisation, p.trainable, p.dtype);
    for (std::string& module : trainingOnly)
        builder.trainingOnly(std::move(module));
    for (std::size_t id = 1; id < draft.nodes.size(); ++id) {
        Node& node = draft.nodes[id];
        builder.add(std::move(node.name), std::move(node.operation), std::move(node.inputs),
                    std::move(node.parameters));
    }
    return builder.finish(output);
}

Result<Graph> readGraph(const Json& document, const std::string& name, const Shape& wanted)
{
    const auto input = readInput(document, wanted);
    if (!input)
        return tl::unexpected(input.error());
    const auto trainingOnly = readTrainingOnly(document);
    if (!trainingOnly)
        return tl::unexpected(trainingOnly.error());
    const auto list = [&](const char* key) { return document.contains(key) ? &document[key] : nullptr; };
    static const Json kNone;
    auto draft = readNodes(*input, list("nodes") ? *list("nodes") : kNone, list("parameters"));
    if (!draft)
        return tl::unexpected(draft.error());
    const auto output = readOutput(document, *draft);
    if (!output)
        return tl::unexpected(output.error());
    const std::int64_t vocabulary = document.contains("vocabulary") ? document["vocabulary"].get<std::int64_t>() : 0;
    return build(name, *std::move(draft), *output, *trainingOnly, vocabulary).and_then([](Graph graph) {
        return checkUse(graph).map([&] { return std::move(graph); });
    });
}

Result<GraphFile> read(std::string_view text, const Shape& input)
{
    const auto document = parse(text);
    if (!document)
        return tl::unexpected(document.error());
    if (auto known = checkFormat(*document); !known)
        return tl::unexpected(known.error());
    const auto name = readText(*document, "name", "network");
    const auto family = readText(*document, "family", "user-defined");
    const auto type = readType(*document);
    for (const Error* error :
         {name ? nullptr : &name.error(), family ? nullptr : &family.error(), type ? nullptr : &type.error()})
        if (error != nullptr)
            return tl::unexpected(*error);
    return readGraph(*document, *name, input).map([&](Graph graph) {
        return GraphFile{std::move(graph), *family, *type};
    });
}

} // namespace

} // namespace graphjson

Result<GraphFile> graphFromJson(std::string_view text, const std::string& source, const Shape& input)
{
    return graphjson::read(text, input).map_error([&](Error error) {
        const bool ends = error.message.ends_with('?') || error.message.ends_with('.');
        error.message = fmt::format("{}: {}{}", source, error.message, ends ? "" : ".");
        return error;
    });
}

Result<GraphFile> readGraphFile(const std::filesystem::path& path, const Shape& input)
{
    return readFile(path).and_then([&](const std::string& text) { return graphFromJson(text, path.string(), input); });
}

} // namespace lathe
