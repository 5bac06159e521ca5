#include "core/quantization/bias_correction.h"

#include <algorithm>
#include <map>
#include <vector>

#include "core/lowering/lowered_graph.h"

namespace lathe {

namespace {

std::size_t at(NodeId id)
{
    return static_cast<std::size_t>(id);
}

/// Sums over samples and places of each channel's error: channels are the first extent of an image, the last of
/// anything else.
struct Shift {
    std::vector<double> sums;
    std::int64_t count = 0; ///< values of a channel

    void add(const HostTensor& exact, const HostTensor& rounded)
    {
        const bool isImage = exact.shape.size() == 4;
        const std::int64_t channels = isImage ? exact.shape[1] : exact.shape.back();
        const std::int64_t run = isImage ? exact.shape[2] * exact.shape[3] : 1;
        sums.resize(static_cast<std::size_t>(channels), 0.0);
        const std::int64_t all = elementCount(exact.shape);
        for (std::int64_t i = 0; i < all; ++i)
            sums[static_cast<std::size_t>(i / run % channels)] +=
                static_cast<double>(rounded.floats()[i]) - exact.floats()[i];
        count += all / channels;
    }
};

class Correction {
public:
    explicit Correction(QuantizedModel& model) : m_model(model)
    {
        for (const LoweredNode& lowered : lower(model.graph).nodes) {
            const NodeId id = lowered.node();
            const Node& node = model.graph.node(id);
            if (model.quantization.layer(id).weight && node.parameters.size() > 1)
                m_corrected.push_back(id);
            m_watched.push_back(id);
            if (lowered.value() != id)
                m_watched.push_back(lowered.value());
        }
    }

    Result<void> measure(Backend& backend, const CalibrationData& data, const std::stop_token& stop,
                         const ProgressSink& progress)
    {
        auto exact = backend.prepare(m_model.graph, m_model.exact, Mode::Eager);
        if (!exact)
            return tl::unexpected(exact.error());
        auto rounded = backend.prepare(m_model.graph, m_model.weights, Mode::Simulated, "cpu", &m_model.quantization);
        if (!rounded)
            return tl::unexpected(rounded.error());
        if (progress)
            progress({-1.0, "correcting biases"});
        const Batches batches = data();
        for (auto x = batches(); x; x = batches()) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "The correction of biases was stopped; nothing was quantized.");
            if (auto seen = compare(**exact, **rounded, *x); !seen)
                return seen;
        }
        return {};
    }

    int apply()
    {
        for (const NodeId id : m_corrected) {
            HostTensor& bias = m_model.weights[at(m_model.graph.node(id).parameters[1])].tensor;
            const WritableTensor made = makeTensor(DType::Float32, bias.shape);
            const Shift& shift = m_shifts[id];
            for (std::size_t i = 0; i < shift.sums.size(); ++i)
                reinterpret_cast<float*>(made.bytes)[i] = static_cast<float>(
                    bias.floats()[i] - shift.sums[i] / static_cast<double>(std::max<std::int64_t>(1, shift.count)));
            bias = made.tensor;
        }
        return static_cast<int>(m_corrected.size());
    }

private:
    Result<void> compare(Network& exact, Network& rounded, const HostTensor& x)
    {
        std::map<NodeId, HostTensor> values;
        return exact
            .watch(x, m_watched,
                   [&](NodeId node, const HostTensor& value) {
                       values[node] = value;
                       return std::optional<HostTensor>();
                   })
            .and_then([&] {
                return rounded.watch(x, m_watched, [&](NodeId node, const HostTensor& value) {
                    if (m_model.quantization.layer(node).weight)
                        m_shifts[node].add(values.at(node), value);
                    const auto& grid = m_model.quantization.values[at(node)];
                    return std::optional(grid ? onGrid(values.at(node), *grid) : values.at(node));
                });
            });
    }

    QuantizedModel& m_model;
    std::vector<NodeId> m_corrected;
    std::vector<NodeId> m_watched;
    std::map<NodeId, Shift> m_shifts;
};

} // namespace

Result<int> correctBiases(Backend& backend, QuantizedModel& model, const CalibrationData& data,
                          const std::stop_token& stop, const ProgressSink& progress)
{
    Correction correction(model);
    return correction.measure(backend, data, stop, progress).map([&] { return correction.apply(); });
}

} // namespace lathe
