#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/layer_rounds.h"

/// How long one layer takes over a range of channel counts: kernels work in vectors and blocks, so that time does not
/// rise evenly, and a layer with fewer channels can be the slower one.
namespace lathe {

/// Which of a layer's channel counts varies. Those of a depthwise convolution are one number: Both.
enum class WidthAxis { Out, In, Both };
std::string_view axisName(WidthAxis axis); ///< "out", "in", "both"
Result<WidthAxis> axisFromName(std::string_view name);

/// A convolution or linear layer by itself.
struct ScannedLayer {
    std::string name;
    Operation operation; ///< op::Conv2d or op::Linear
    Shape input;         ///< without the batch

    bool isDepthwise() const;
    std::int64_t channels(WidthAxis axis) const; ///< of Both, those that come out
};

/// Names of the layers that can be scanned, in the order they run.
std::vector<std::string> scannableLayers(const Graph& graph);

/// A layer of a network by its node's name. NotFound where there is none, Unsupported where it is of another kind.
Result<ScannedLayer> scannedLayer(const Graph& graph, const std::string& name);

/// A network of that layer alone with another number of channels. InvalidArgument where it cannot have that many.
Result<Graph> graphOfWidth(const ScannedLayer& layer, WidthAxis axis, std::int64_t channels);

struct WidthScanOptions {
    WidthAxis axis = WidthAxis::Out;
    std::int64_t first = 1;
    std::int64_t last = 1; ///< included where a step hits it
    std::int64_t step = 1;
    Mode mode = Mode::Fused;
    std::int64_t batch = 1;
    int threads = 1;
    double precisionTarget = 0.02; ///< half width of each median's interval, as a share of it
    double maxSeconds = 60.0;
    std::uint64_t seed = 1; ///< of the order within rounds
};

/// Milliseconds of the layer itself, at one width.
struct WidthPoint : LayerTiming {
    std::int64_t channels = 0;
    std::int64_t macs = 0; ///< of the whole batch

    double macRate() const { return static_cast<double>(macs) / (median * 1e-3); } ///< a second
};

/// Between two neighbouring widths.
struct WidthCliff {
    enum class Kind {
        FasterThoughWider, ///< the wider layer takes less time, beyond both intervals
        DearerByTheMac     ///< a multiply-accumulate takes longer in the wider one, beyond both intervals and 5 %
    };
    Kind kind = Kind::FasterThoughWider;
    std::size_t before = 0; ///< index of the narrower
    /// How many times as fast the wider layer is, or as long a multiply-accumulate of it takes; always above 1.
    double ratio = 1.0;
};

struct WidthScan {
    std::string model; ///< the layer's network; empty: none
    ScannedLayer layer;
    WidthScanOptions options;
    std::vector<WidthPoint> points;
    std::vector<WidthCliff> cliffs;
    int rounds = 0;
    std::string stopReason;  ///< "precise", "time", "stopped"
    std::vector<Flag> flags; ///< contention, imprecision
    Environment environment;
};

/// Times every width (see timeInRounds).
Result<WidthScan> scanWidths(Backend& backend, const ScannedLayer& layer, const WidthScanOptions& options,
                             const Probe& probe, std::stop_token stop, const ProgressSink& progress);

/// From the points alone, in their order.
std::vector<WidthCliff> cliffsOf(const std::vector<WidthPoint>& points);

/// What a scan showed: its cliffs, whether widths that fill vectors are faster, and what the layer's own width could be
/// rounded to.
std::vector<std::string> widthScanSentences(const WidthScan& scan);

std::string widthScanToJson(const WidthScan& scan);
/// RFC 4180, one row a width under a header with units.
std::string widthScanToCsv(const WidthScan& scan);

} // namespace lathe
