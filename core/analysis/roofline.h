#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/benchmark/peaks.h"
#include "core/graph/graph.h"
#include "core/session/record.h"

/// How far networks and their layers are from what this machine could do: S. Williams, A. Waterman and D. Patterson,
/// "Roofline: an insightful visual performance model for multicore architectures", CACM 52 (4), 2009.
///
/// FLOPs: two a multiply-accumulate and one any other arithmetic operation (see NodeCost). Bytes: what each node has to
/// read and write at least (see layer_work.h); a record's are the sum over its nodes. Arithmetic intensity: FLOPs
/// for each of these bytes.
namespace lathe {

/// FLOPs a second that the roof allows: the lower of what the cores do and what the data can be had for.
double attainable(double intensity, double bandwidth, double peak);

/// What of the calibration a mode's arithmetic goes by.
struct ModePrecision {
    std::string name;        ///< "fp32", "bf16", "int8"
    double peak = 0.0;       ///< FLOPs a second
    double bytesScale = 1.0; ///< of its values' size to float32's
};
ModePrecision precisionOf(const std::string& mode, const Peaks& peaks);

/// What keeps something from being faster.
enum class Bound {
    Memory,     ///< its data come about as fast as they can from where they lie
    Arithmetic, ///< the cores compute about as fast as they can
    Neither     ///< under half of what the roof allows: the kernel, or the work of calling it
};
std::string_view boundName(Bound bound); ///< "memory", "arithmetic", "neither"

/// A record, or one layer of it, under its roof.
struct RooflinePoint {
    std::size_t record = 0; ///< index
    std::string layer;      ///< its name; empty: the whole record
    std::string operation;  ///< the layer's
    double flops = 0.0;     ///< of one inference of the whole batch
    double bytes = 0.0;     ///< the same
    double milliseconds = 0.0;
    std::string precision; ///< whose peak is the roof: "fp32"
    double peak = 0.0;     ///< FLOPs a second
    /// Where its data come from: of a record the nearest level that holds its parameters and what is alive at once; of
    /// a layer the nearest that holds what it moves, or, where that is parameters for the most part, all parameters of
    /// the network, for they are read once an inference.
    std::string level;
    double bandwidth = 0.0; ///< of that level, the best of reading, writing and copying, bytes a second
    double share = 0.0;     ///< of what the roof allows that was reached: the least time over the measured one
    Bound bound = Bound::Neither;

    double intensity() const { return bytes > 0.0 ? flops / bytes : 0.0; }                        ///< FLOPs a byte
    double rate() const { return flops / (milliseconds * 1e-3); }                                 ///< FLOPs a second
    double byteRate() const { return bytes / (milliseconds * 1e-3); }                             ///< bytes a second
    double roof() const { return bytes > 0.0 ? attainable(intensity(), bandwidth, peak) : peak; } ///< FLOPs a second
    /// The least time that its arithmetic and its bytes take, milliseconds.
    double leastMilliseconds() const { return share * milliseconds; }
    /// It has a place on logarithmic axes: it computes and moves something.
    bool isDrawable() const { return flops > 0.0 && bytes > 0.0; }
};

/// A record against the roofs; `graph` is its model's at its input.
RooflinePoint recordPoint(const Record& record, const Graph& graph, const Peaks& peaks);

/// Its layers that were timed and that the graph knows, in the order they run. What its mode runs as one is one.
std::vector<RooflinePoint> layerPoints(const Record& record, const Graph& graph, const Peaks& peaks);

/// Threads of the most records that ran on the CPU with no more than `cores`; `cores` where there are none.
int usualThreads(const std::vector<Record>& records, int cores);

/// Why these roofs are not this record's, as half a sentence: other threads, another machine or device; none: they are.
std::optional<std::string> whyNotUnder(const Record& record, const Peaks& peaks);

/// What bounds a point, with the numbers that show it; one or two sentences.
std::string boundText(const RooflinePoint& point, int threads);

/// The graph of a configuration's model at its input; see core/benchmark/estimate.h.
using GraphSource = std::function<Result<Graph>(const Configuration&)>;

struct LeftOut {
    std::size_t record = 0; ///< index
    std::string reason;     ///< half a sentence
};

struct Roofline {
    std::vector<RooflinePoint> points; ///< each record, followed by its layers
    std::vector<LeftOut> leftOut;
};
Roofline rooflineOf(const std::vector<Record>& records, const Peaks& peaks, const GraphSource& graphOf);

} // namespace lathe
