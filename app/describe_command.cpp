#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/output.h"
#include "core/analysis/significant.h"
#include "core/architectures/catalogue.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/count_check.h"
#include "core/graph/cost.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string model;
    std::string input;
    std::int64_t classes = 0;
    bool layers = false;
    bool stateDict = false;
    bool count = false;
    bool json = false;
};

/// The second count, where it was asked for.
using Counted = std::optional<OperationCount>;

Shape firstInput(const Graph& graph, const Node& node)
{
    return node.inputs.empty() ? Shape{} : graph.node(node.inputs.front()).output.shape;
}

Json layersJson(const LoadedModel& model, const GraphCost& total)
{
    const Graph& graph = model.graph;
    Json layers = Json::array();
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        const NodeCost& c = total.nodes[i];
        Json& layer = layers.emplace_back(Json{{"name", node.name},
                                               {"op", operationName(node.operation)},
                                               {"input", firstInput(graph, node)},
                                               {"output", node.output.shape},
                                               {"params", c.parameters},
                                               {"macs", c.macs},
                                               {"elementwise", c.elementwise},
                                               {"activation_bytes", c.activationBytes}});
        if (model.quantization)
            layer["precision"] = precisionText(model.quantization->layer(static_cast<NodeId>(i)));
    }
    return layers;
}

Json stateDictJson(const Graph& graph)
{
    Json entries = Json::array();
    for (const Parameter& p : graph.parameters())
        entries.push_back({{"name", p.name}, {"shape", p.shape}, {"dtype", name(p.dtype)}});
    return entries;
}

Json callsJson(const std::vector<OperationCall>& calls)
{
    Json operations = Json::array();
    for (const OperationCall& call : calls)
        operations.push_back({{"name", call.name}, {"calls", call.calls}, {"macs", call.macs}});
    return operations;
}

Json countedJson(const Graph& graph, const OperationCount& count)
{
    const CountCheck check = checkCounts(graph, count);
    Json differences = Json::array();
    for (const CountDifference& d : check.differences)
        differences.push_back(
            {{"op", d.operation}, {"nodes", d.nodes}, {"graph_macs", d.graphMacs}, {"macs", d.ranMacs}});
    return {{"macs", count.macs},
            {"difference", check.difference},
            {"agrees", check.agrees},
            {"summary", check.sentence},
            {"differences", std::move(differences)},
            {"operations", callsJson(count.operations)},
            {"unknown", callsJson(count.unknown)}};
}

void printJson(const LoadedModel& model, const GraphCost& total, const Counted& counted, const Options& options)
{
    Json document = {{"name", model.name},
                     {"family", model.family},
                     {"type", model.type},
                     {"input", model.graph.inputShape()},
                     {"output", model.graph.outputShape()},
                     {"params", total.parameters},
                     {"macs", total.macs},
                     {"elementwise", total.elementwise},
                     {"activation_bytes", total.activationBytes},
                     {"peak_activation_bytes", total.peakActivationBytes},
                     {"parameter_bytes", total.parameterBytes},
                     {"top1", model.top1 ? Json(*model.top1) : Json()},
                     {"top5", model.top5 ? Json(*model.top5) : Json()}};
    if (const std::string scheme = schemeOf(model); !scheme.empty()) {
        document["scheme"] = scheme;
        document["origin"] = model.origin;
        document["stored_bytes"] = storedBytes(model);
    }
    if (!model.notes.empty())
        document["notes"] = model.notes;
    if (model.graph.vocabulary() > 0)
        document["vocabulary"] = model.graph.vocabulary();
    if (counted)
        document["counted"] = countedJson(model.graph, *counted);
    if (options.layers)
        document["layers"] = layersJson(model, total);
    if (options.stateDict)
        document["state_dict"] = stateDictJson(model.graph);
    fmt::print("{}\n", document.dump(2));
}

void printLayers(const LoadedModel& model, const GraphCost& total)
{
    const Graph& graph = model.graph;
    std::vector<std::string> header{"layer", "operation", "input", "output", "params", "MMACs"};
    if (model.quantization)
        header.emplace_back("precision");
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        const Shape in = firstInput(graph, node);
        rows.push_back({node.name, std::string(operationName(node.operation)), in.empty() ? "-" : toString(in),
                        toString(node.output.shape), fmt::format("{}", total.nodes[i].parameters),
                        fmt::format("{:.3f}", static_cast<double>(total.nodes[i].macs) / 1e6)});
        if (model.quantization)
            rows.back().push_back(precisionText(model.quantization->layer(static_cast<NodeId>(i))));
    }
    fmt::print("\n");
    printTable(header, rows);
}

void printStateDict(const Graph& graph)
{
    std::vector<std::vector<std::string>> rows;
    for (const Parameter& p : graph.parameters())
        rows.push_back({p.name, toString(p.shape), std::string(name(p.dtype))});
    fmt::print("\n");
    printTable({"tensor", "shape", "dtype"}, rows);
}

double mega(std::int64_t value)
{
    return static_cast<double>(value) / 1e6;
}

void printCounted(const Graph& graph, const OperationCount& count)
{
    fmt::print("  MACs that ran      {:.3f} G ({:.3f} GFLOPs). {}\n", mega(count.macs) / 1e3, mega(count.macs) / 5e2,
               checkCounts(graph, count).sentence);
}

void printOperations(const OperationCount& count)
{
    std::vector<std::vector<std::string>> rows;
    for (const OperationCall& call : count.operations)
        rows.push_back({call.name, fmt::format("{}", call.calls), fmt::format("{:.3f}", mega(call.macs))});
    for (const OperationCall& call : count.unknown)
        rows.push_back({call.name, fmt::format("{}", call.calls), "unknown"});
    fmt::print("\n");
    printTable({"operation that ran", "calls", "MMACs"}, rows);
}

void printText(const LoadedModel& model, const GraphCost& total, const Counted& counted, const Options& options)
{
    fmt::print("{} ({}, {})\n", model.name, model.family, model.type);
    fmt::print("  input              {}\n", inputText(model.graph.inputShape(), model.graph.vocabulary()));
    fmt::print("  output             {}\n", toString(model.graph.outputShape()));
    fmt::print("  parameters         {:.3f} M ({:.1f} MB)\n", mega(total.parameters), mega(total.parameterBytes));
    if (const std::string scheme = schemeOf(model); !scheme.empty())
        fmt::print("  compressed         {}{}; its tensors take {}\n", forTerminal(scheme),
                   model.origin.empty() ? "" : ", from " + forTerminal(model.origin),
                   formatBytes(static_cast<double>(storedBytes(model))));
    fmt::print("  MACs               {:.3f} G ({:.3f} GFLOPs)\n", mega(total.macs) / 1e3, mega(total.macs) / 5e2);
    if (counted)
        printCounted(model.graph, *counted);
    fmt::print("  elementwise        {:.3f} G operations besides\n", mega(total.elementwise) / 1e3);
    fmt::print("  activations        {:.1f} MB in all, {:.1f} MB at once\n", mega(total.activationBytes),
               mega(total.peakActivationBytes));
    if (model.top1)
        fmt::print("  ImageNet accuracy  top-1 {:.2f} %, top-5 {:.2f} % (published)\n", *model.top1 * 100,
                   model.top5.value_or(0.0) * 100);
    for (const std::string& note : model.notes)
        fmt::print("  note               {}\n", forTerminal(note));
    if (counted)
        printOperations(*counted);
    if (options.layers)
        printLayers(model, total);
    if (options.stateDict)
        printStateDict(model.graph);
}

Result<Counted> countIfAsked(const LoadedModel& model, const Options& options)
{
    if (!options.count)
        return Counted();
    return loadBackend()
        .and_then([&](Backend* backend) { return countOperations(*backend, model); })
        .map([](OperationCount count) { return Counted(std::move(count)); });
}

Result<void> describe(const Options& options)
{
    const Result<LoadedModel> model = loadArgument(options.model, options.input, options.classes);
    if (!model)
        return tl::unexpected(model.error());
    const Result<Counted> counted = countIfAsked(*model, options);
    if (!counted)
        return tl::unexpected(counted.error());
    const GraphCost total = cost(model->graph);
    if (options.json)
        printJson(*model, total, *counted, options);
    else
        printText(*model, total, *counted, options);
    return {};
}

} // namespace

void addDescribe(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("describe", "Parameters, MACs, memory and layers of a model");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name or a model file")->required();
    command->add_option("--input", options->input, "Input size, such as 3x224x224");
    addClassesOption(*command, options->classes);
    command->add_flag("--layers", options->layers, "One line a layer");
    command->add_flag("--state-dict", options->stateDict, "Names, shapes and dtypes of all weights");
    command->add_flag("--count", options->count,
                      "Run one inference and count the MACs of LibTorch's operations, beside the graph's count");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return describe(*options); }; });
}

} // namespace lathe::cli
