#include "core/quantization/data_path.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/lowering/lowered_graph.h"

namespace lathe {

namespace {

std::size_t at(NodeId id)
{
    return static_cast<std::size_t>(id);
}

bool isInteger(DType type)
{
    return type == DType::Int8 || type == DType::UInt8;
}

std::string text(const StepValue& value)
{
    return fmt::format("{} {}", name(value.dtype), toString(value.shape));
}

std::string scaleText(float scale)
{
    return fmt::format("{:.4g}", scale);
}

StepKind kindOf(const TimedStep& step)
{
    if (step.kernel == "quantize")
        return StepKind::Quantize;
    if (step.kernel == "dequantize")
        return StepKind::Dequantize;
    if (step.kernel.starts_with("float32 ")) // on copies in float
        return StepKind::Float;
    const bool reads = !step.reads.empty() && isInteger(step.reads.front().dtype);
    const bool isDynamic = step.kernel.starts_with("dynamic ");
    return reads || isDynamic ? StepKind::Integers : StepKind::Float;
}

std::int64_t weightBytes(const QuantizationOutcome& outcome, NodeId node, bool inFloat)
{
    const LoadedModel& model = outcome.model;
    const auto& stored = model.quantization->layer(node).weight;
    std::int64_t bytes = 0;
    for (const ParameterId id : model.graph.node(node).parameters)
        bytes += outcome.exact[static_cast<std::size_t>(id)].tensor.byteCount();
    if (inFloat || !stored)
        return bytes;
    const std::int64_t elements = elementCount(stored->integers.shape);
    const auto scales = static_cast<std::int64_t>(stored->scales.size() * sizeof(float));
    return bytes - elements * static_cast<std::int64_t>(sizeof(float)) + elements + scales;
}

std::int64_t valueBytes(const TimedStep& step)
{
    std::int64_t bytes = step.writes.bytes();
    for (const StepValue& read : step.reads)
        bytes += read.bytes();
    return bytes;
}

/// Builds the steps' descriptions.
class Describing {
public:
    explicit Describing(const QuantizationOutcome& outcome)
        : m_graph(outcome.model.graph), m_quantization(*outcome.model.quantization)
    {
        for (const LoweredNode& lowered : lower(m_graph).nodes) {
            m_values[lowered.node()] = lowered.value();
            m_inputs[lowered.node()] = lowered.inputs;
        }
    }

    /// `isFirst`: it may be the conversion of the network's input.
    PathStep describe(const TimedStep& step, bool isFirst) const
    {
        PathStep told;
        told.kind = kindOf(step);
        told.node = step.node;
        told.layer = m_graph.node(step.node).name;
        told.kernel = step.kernel;
        told.reads = step.reads.empty() ? "" : text(step.reads.front());
        told.writes = text(step.writes);
        told.bytes = valueBytes(step);
        told.milliseconds = 1e3 * step.seconds;
        switch (told.kind) {
        case StepKind::Quantize:
            quantize(told, isFirst && gridOf(0) ? gridOf(0) : outputGrid(step.node));
            break;
        case StepKind::Dequantize:
            dequantize(told);
            break;
        case StepKind::Integers:
            compute(told, step);
            break;
        case StepKind::Float:
            break;
        }
        return told;
    }

private:
    using Grid = QuantizationParameters;

    std::optional<Grid> gridOf(NodeId value) const { return m_quantization.values[at(value)]; }

    std::optional<Grid> inputGrid(NodeId node) const
    {
        const auto inputs = m_inputs.find(node);
        if (inputs == m_inputs.end())
            return std::nullopt;
        for (const NodeId input : inputs->second)
            if (const auto grid = gridOf(input))
                return grid;
        return std::nullopt;
    }

    std::optional<Grid> outputGrid(NodeId node) const
    {
        const auto value = m_values.find(node);
        return value != m_values.end() ? gridOf(value->second) : std::nullopt;
    }

    static void add(PathStep& step, const std::string& suffix, const Grid& grid)
    {
        step.parameters.push_back({"s_" + suffix, fmt::format("{:.6g}", grid.scale), true});
        step.parameters.push_back({"z_" + suffix, fmt::format("{}", grid.zeroPoint), true});
    }

    void quantize(PathStep& told, const std::optional<Grid>& grid) const
    {
        if (!grid)
            return;
        told.formula = fmt::format("x_int = round(x / {} + {}), between {} and {}", scaleText(grid->scale),
                                   grid->zeroPoint, grid->integers.low, grid->integers.high);
        add(told, "x", *grid);
    }

    void dequantize(PathStep& told) const
    {
        auto grid = inputGrid(told.node);
        if (!grid)
            grid = gridOf(told.node); // a value that another layer adds in float
        if (!grid)
            return;
        told.formula = fmt::format("x = {} (x_int - {})", scaleText(grid->scale), grid->zeroPoint);
        add(told, "x", *grid);
    }

    void compute(PathStep& told, const TimedStep& step) const
    {
        const LayerQuantization& layer = m_quantization.layer(told.node);
        if (!layer.weight) {
            told.formula = "integers on one grid in and out";
            return;
        }
        const QuantizedWeight& weight = *layer.weight;
        const int largest = (1 << (weight.bits - 1)) - 1;
        const bool isDynamic = layer.precision == Precision::Int8Dynamic;
        told.parameters.push_back(
            {"w_int", fmt::format("int8, {}, from {} to {}", toString(weight.integers.shape), -largest, largest),
             true});
        told.parameters.push_back(
            {"s_w",
             fmt::format("{} of them, from {} to {}", weight.scales.size(),
                         scaleText(*std::min_element(weight.scales.begin(), weight.scales.end())),
                         scaleText(*std::max_element(weight.scales.begin(), weight.scales.end()))),
             true});
        if (isDynamic) {
            told.parameters.push_back({"s_x", "(largest - least) / 255 of the input at hand", false});
            told.parameters.push_back({"z_x", "-round(least / s_x)", false});
        } else if (const auto grid = inputGrid(told.node)) {
            add(told, "x", *grid);
        }
        const std::string sum = "s_x s_w sum(w_int (x_int - z_x)) + b";
        const auto out = isInteger(step.writes.dtype) ? outputGrid(told.node) : std::nullopt;
        if (!out) {
            told.formula = fmt::format("y = {}, in float32", sum);
            return;
        }
        told.formula = fmt::format("y_int = round(f({}) / s_y + z_y)", sum);
        add(told, "y", *out);
    }

    const Graph& m_graph;
    const Quantization& m_quantization;
    std::map<NodeId, NodeId> m_values; ///< of the operation that a node begins: whose value comes out
    std::map<NodeId, std::vector<NodeId>> m_inputs;
};

} // namespace

std::int64_t bytesMoved(const QuantizationOutcome& outcome, const std::vector<TimedStep>& steps, bool inFloat)
{
    std::int64_t bytes = 0;
    std::set<NodeId> counted;
    for (const TimedStep& step : steps) {
        bytes += valueBytes(step);
        if (counted.insert(step.node).second)
            bytes += weightBytes(outcome, step.node, inFloat);
    }
    return bytes;
}

DataPath dataPath(const QuantizationOutcome& outcome, const std::vector<TimedStep>& steps)
{
    const Describing describing(outcome);
    DataPath path;
    for (const TimedStep& step : steps) {
        const PathStep& told = path.steps.emplace_back(describing.describe(step, path.steps.empty()));
        path.quantizations += told.kind == StepKind::Quantize ? 1 : 0;
        path.dequantizations += told.kind == StepKind::Dequantize ? 1 : 0;
        if (told.kind == StepKind::Quantize || told.kind == StepKind::Dequantize)
            path.conversionMs += told.milliseconds;
        path.totalMs += told.milliseconds;
    }
    path.bytes = bytesMoved(outcome, steps, false);
    return path;
}

std::vector<PathStep> stepsOf(const DataPath& path, NodeId node)
{
    std::vector<PathStep> steps;
    for (const PathStep& step : path.steps)
        if (step.node == node)
            steps.push_back(step);
    return steps;
}

namespace {

PathStep stageOf(std::vector<PathStep>::const_iterator first, std::vector<PathStep>::const_iterator last)
{
    PathStep stage = *first;
    const auto count = last - first;
    if (count == 1)
        return stage;
    stage.layer = fmt::format("{} to {}", first->layer, std::prev(last)->layer);
    stage.kernel = fmt::format("{} steps", count);
    stage.writes = std::prev(last)->writes;
    stage.formula.clear();
    stage.parameters.clear();
    for (auto step = std::next(first); step != last; ++step) {
        stage.bytes += step->bytes;
        stage.milliseconds += step->milliseconds;
    }
    return stage;
}

} // namespace

std::vector<PathStep> stagesOf(const DataPath& path)
{
    std::vector<PathStep> stages;
    for (auto first = path.steps.begin(); first != path.steps.end();) {
        const auto last =
            std::find_if(first, path.steps.end(), [first](const PathStep& step) { return step.kind != first->kind; });
        stages.push_back(stageOf(first, last));
        first = last;
    }
    return stages;
}

std::vector<std::string> dataPathSentences(const DataPath& path)
{
    const double share = path.totalMs > 0.0 ? 100.0 * path.conversionMs / path.totalMs : 0.0;
    const auto integers = std::count_if(path.steps.begin(), path.steps.end(),
                                        [](const PathStep& step) { return step.kind == StepKind::Integers; });
    const auto floats = std::count_if(path.steps.begin(), path.steps.end(),
                                      [](const PathStep& step) { return step.kind == StepKind::Float; });
    return {fmt::format("Conversions take {} of {} ms ({:.1f} %): {} to integers, {} back to float.",
                        formatSignificant(path.conversionMs), formatSignificant(path.totalMs), share,
                        path.quantizations, path.dequantizations),
            fmt::format("{} steps compute on integers, {} in float.", integers, floats)};
}

} // namespace lathe
