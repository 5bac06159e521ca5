#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/benchmark/width_scan.h"

/// From what share of zeros on a layer's weight is faster, or smaller, stored sparse than dense.
namespace lathe {

/// How a weight [rows, columns] (of a convolution: out x in kh kw) is stored.
enum class WeightFormat {
    Dense, ///< every value
    Csr,   ///< compressed sparse rows: values that are not 0, their columns, where each row begins
    Bsr    ///< the same of square blocks (kSparseBlock) that are not all 0
};
std::string_view name(WeightFormat format); ///< "dense", "csr", "bsr"

/// Float32 values and 64-bit indices, as PyTorch stores them. `stored`: values that are not 0, or blocks.
std::int64_t weightBytes(WeightFormat format, std::int64_t rows, std::int64_t columns, std::int64_t stored);

struct BreakEvenOptions {
    std::vector<double> sparsities{0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.999}; ///< rising
    std::int64_t batch = 1;
    int threads = 1;
    double precisionTarget = 0.03;
    double maxSeconds = 60.0;
    std::uint64_t seed = 1; ///< of the zeros' places and the order of rounds
};

struct SparsePoint : LayerTiming {
    double sparsity = 0.0; ///< share of zeros; for blocks, of blocks that are all 0
    std::int64_t bytes = 0;
};

/// A sparse format's times and sizes, by rising sparsity, and where it passes the dense one.
struct FormatScan {
    WeightFormat format = WeightFormat::Csr;
    std::vector<SparsePoint> points;
    /// Where the medians cross, between two sparsities that were timed. None: the sparse one is never faster, or
    /// always.
    std::optional<double> crossing;
    /// The lowest sparsity timed from which on it is faster beyond the intervals. None: it never is.
    std::optional<double> fasterFrom;
    double smallerFrom = 1.0; ///< sparsity above which it takes fewer bytes
};

struct BreakEven {
    std::string model; ///< the layer's network; empty: none
    ScannedLayer layer;
    BreakEvenOptions options;
    LayerTiming dense;
    std::int64_t denseBytes = 0;
    std::vector<FormatScan> formats; ///< CSR; BSR where its blocks divide the weight
    int rounds = 0;
    std::string stopReason;
    std::vector<Flag> flags;
    Environment environment;
};

/// Times the layer alone, dense in the mode "fused" and in each format, with zeros at random places (see timeInRounds):
/// kernels' times depend on how many there are, and hardly on where. Unsupported for grouped convolutions, for which
/// there is no sparse kernel.
Result<BreakEven> scanBreakEven(Backend& backend, const ScannedLayer& layer, const BreakEvenOptions& options,
                                const Probe& probe, std::stop_token stop, const ProgressSink& progress);

/// From the points alone: sets `crossing` and `fasterFrom`.
void findCrossing(FormatScan& scan, const LayerTiming& dense);

/// What the scan showed: where each format begins to be faster, where to be smaller, and what lies between.
std::vector<std::string> breakEvenSentences(const BreakEven& scan);

std::string breakEvenToJson(const BreakEven& scan);
/// RFC 4180, one row a format and sparsity under a header with units.
std::string breakEvenToCsv(const BreakEven& scan);

} // namespace lathe
