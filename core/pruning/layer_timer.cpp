#include <fmt/format.h>

#include "core/pruning/fastest_widths.h"

namespace lathe {

LayerTimer engineTimer(Backend& backend, const WidthTiming& timing, const Probe& probe, std::stop_token stop)
{
    return [&backend, &probe, timing, stop](const std::vector<Graph>& graphs) -> Result<std::vector<double>> {
        std::vector<LayerCandidate> candidates;
        for (const Graph& graph : graphs)
            candidates.push_back({graph, timing.mode, {}});
        LayerRoundsOptions options{timing.batch, timing.threads, timing.precisionTarget,
                                   timing.secondsPerLayer * static_cast<double>(graphs.size())};
        return timeInRounds(backend, fmt::format("{} layers", graphs.size()), candidates, options, probe, stop, {})
            .map([](const LayerRounds& rounds) {
                std::vector<double> seconds;
                for (const LayerTiming& layer : rounds.timings)
                    seconds.push_back(layer.median * 1e-3);
                return seconds;
            });
    };
}

} // namespace lathe
