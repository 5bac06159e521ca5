#include "core/quantization/layer_errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "core/lowering/lowered_graph.h"

namespace lathe {

namespace {

std::size_t at(NodeId id)
{
    return static_cast<std::size_t>(id);
}

/// Sums of squares over all that was seen.
struct Noise {
    double signal = 0.0;
    double error = 0.0;
    double largest = 0.0;

    void add(const HostTensor& exact, const HostTensor& rounded)
    {
        for (std::int64_t i = 0; i < elementCount(exact.shape); ++i) {
            const double x = exact.floats()[i];
            const double difference = rounded.floats()[i] - x;
            signal += x * x;
            error += difference * difference;
            largest = std::max(largest, std::abs(difference));
        }
    }

    std::optional<double> decibels() const
    {
        if (!(signal > 0.0))
            return std::nullopt;
        return error > 0.0 ? 10.0 * std::log10(signal / error) : std::numeric_limits<double>::infinity();
    }
};

class Errors {
public:
    Errors(const StateDict& exact, const QuantizedModel& model) : m_exact(exact), m_model(model)
    {
        for (const LoweredNode& lowered : lower(model.graph).nodes) {
            if (model.graph.node(lowered.value()).output.dtype == DType::Float32) // ids of tokens are not rounded
                m_watched.push_back(lowered.value());
            m_values[lowered.node()] = lowered.value();
        }
    }

    Result<void> run(Backend& backend, const CalibrationData& data, const std::stop_token& stop,
                     const ProgressSink& progress)
    {
        const Graph& graph = m_model.graph;
        auto exact = backend.prepare(graph, m_exact, Mode::Eager);
        if (!exact)
            return tl::unexpected(exact.error());
        auto rounded = backend.prepare(graph, m_model.weights, Mode::Simulated, "cpu", &m_model.quantization);
        if (!rounded)
            return tl::unexpected(rounded.error());
        int batch = 0;
        const Batches batches = data();
        for (auto x = batches(); x; x = batches()) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "The comparison of the layers was stopped.");
            if (progress)
                progress({0.0, fmt::format("comparing layers, batch {}", ++batch)});
            if (auto seen = compare(**exact, **rounded, *x); !seen)
                return seen;
        }
        return {};
    }

    std::vector<LayerError> found() const
    {
        std::vector<LayerError> all;
        for (NodeId id = 0; id < static_cast<NodeId>(m_model.graph.nodes().size()); ++id)
            if (hasWeight(id))
                all.push_back(errorOf(id));
        return all;
    }

private:
    bool hasWeight(NodeId id) const
    {
        const Operation& operation = m_model.graph.node(id).operation;
        return std::holds_alternative<op::Conv2d>(operation) || std::holds_alternative<op::Linear>(operation);
    }

    Result<void> compare(Network& exact, Network& rounded, const HostTensor& x)
    {
        std::map<NodeId, HostTensor> values;
        const auto keep = [&](NodeId node, const HostTensor& value) {
            values[node] = value;
            return std::optional<HostTensor>();
        };
        const auto own = [&](NodeId node, const HostTensor& value) {
            m_own[node].add(values.at(node), value);
            const auto& grid = m_model.quantization.values[at(node)];
            return std::optional(grid ? onGrid(values.at(node), *grid) : values.at(node));
        };
        const auto all = [&](NodeId node, const HostTensor& value) {
            m_accumulated[node].add(values.at(node), value);
            return std::optional<HostTensor>();
        };
        return exact.watch(x, m_watched, keep).and_then([&] { return rounded.watch(x, m_watched, own); }).and_then([&] {
            return rounded.watch(x, m_watched, all);
        });
    }

    LayerError errorOf(NodeId id) const
    {
        LayerError error{id, {}, {}, {}, {}};
        const ParameterId weight = m_model.graph.node(id).parameters.front();
        Noise ofWeight;
        ofWeight.add(m_exact[at(weight)].tensor, m_model.weights[at(weight)].tensor);
        error.weight = ofWeight.decibels();
        const auto value = m_values.find(id);
        if (value == m_values.end())
            return error;
        if (const auto own = m_own.find(value->second); own != m_own.end()) {
            error.output = own->second.decibels();
            error.largestOutput = own->second.largest;
        }
        if (const auto all = m_accumulated.find(value->second); all != m_accumulated.end())
            error.accumulated = all->second.decibels();
        return error;
    }

    const StateDict& m_exact;
    const QuantizedModel& m_model;
    std::vector<NodeId> m_watched;
    std::map<NodeId, NodeId> m_values; ///< of the layer that an operation begins with: whose value comes out
    std::map<NodeId, Noise> m_own;
    std::map<NodeId, Noise> m_accumulated;
};

} // namespace

Result<std::vector<LayerError>> layerErrors(Backend& backend, const StateDict& exact, const QuantizedModel& model,
                                            const CalibrationData& data, std::stop_token stop,
                                            const ProgressSink& progress)
{
    Errors errors(exact, model);
    return errors.run(backend, data, stop, progress).map([&] { return errors.found(); });
}

} // namespace lathe
