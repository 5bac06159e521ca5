#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "core/base/result.h"
#include "core/quantization/error_growth.h"
#include "core/quantization/quantization_text.h"

namespace lathe::ui {

/// What the playground's controls say.
struct PlaygroundSetup {
    enum class Source { Drawn, Given, Weights, Activations };
    Source source = Source::Drawn;
    lathe::Distribution distribution = lathe::Distribution::Normal;
    std::int64_t channels = 1; ///< drawn
    std::int64_t samples = 1;  ///< for each
    std::uint64_t seed = 1;
    std::string numbers; ///< given
    std::string model;   ///< whose layer it is
    LayerRequest layer;
    QuantizationChoice choice; ///< its axis is that of the values
    std::int64_t part = 0;
    ErrorGrowthOptions growth;
    bool withGrowth = false;

    bool ofLayer() const { return source == Source::Weights || source == Source::Activations; }
};

/// Where it is not given (null), `growthProblem` says why it cannot be drawn; empty: it was not asked for.
struct PlaygroundAnswer {
    std::shared_ptr<const TensorValues> values;
    QuantizationView view;
    std::shared_ptr<const ErrorGrowth> growth;
    std::string growthProblem;
};

/// For a worker. `layer`: the values that were read, of a setup that is about a layer.
Result<PlaygroundAnswer> playgroundAnswer(const PlaygroundSetup& setup, std::shared_ptr<const TensorValues> layer,
                                          const std::stop_token& stop);

/// Values that the table lists at most.
inline constexpr std::size_t kMostListed = 10000;

} // namespace lathe::ui
