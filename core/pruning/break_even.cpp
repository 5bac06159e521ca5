#include "core/pruning/break_even.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/random_stream.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/layer_rounds.h"
#include "core/benchmark/task.h"

namespace lathe {

namespace {

constexpr std::int64_t kIndexBytes = 8;
constexpr std::int64_t kValueBytes = 4;

/// Of the weight as a matrix.
struct Extents {
    std::int64_t rows = 0;
    std::int64_t columns = 0;

    std::int64_t entries() const { return rows * columns; }
    std::int64_t blocks() const { return entries() / (kSparseBlock * kSparseBlock); }
    bool haveBlocks() const { return rows % kSparseBlock == 0 && columns % kSparseBlock == 0; }
};

Extents extentsOf(const ScannedLayer& layer)
{
    if (const auto* conv = std::get_if<op::Conv2d>(&layer.operation))
        return {conv->outChannels, conv->inChannels * conv->kernel[0] * conv->kernel[1]};
    const auto& linear = std::get<op::Linear>(layer.operation);
    return {linear.outFeatures, linear.inFeatures};
}

/// How many of `count` stay at that sparsity; one at least, since nothing has a weight of zeros alone.
std::int64_t keptOf(std::int64_t count, double sparsity)
{
    return std::max<std::int64_t>(1, std::llround(static_cast<double>(count) * (1.0 - sparsity)));
}

/// Tells for each of `count` things, in order, whether it is among `kept` of them at random (Knuth, "Seminumerical
/// Algorithms", 3.4.2, algorithm S).
class Selection {
public:
    Selection(std::int64_t count, std::int64_t kept, std::uint64_t seed) : m_left(count), m_wanted(kept), m_random(seed)
    {
    }

    bool next()
    {
        const bool keeps = static_cast<std::int64_t>(m_random.below(static_cast<std::uint64_t>(m_left))) < m_wanted;
        --m_left;
        m_wanted -= keeps ? 1 : 0;
        return keeps;
    }

private:
    std::int64_t m_left;
    std::int64_t m_wanted;
    RandomStream m_random;
};

void fillScattered(float* values, const Extents& extents, double sparsity, std::uint64_t seed)
{
    Selection selection(extents.entries(), keptOf(extents.entries(), sparsity), seed);
    for (std::int64_t i = 0; i < extents.entries(); ++i)
        values[i] = selection.next() ? 1.0F : 0.0F;
}

void fillBlocks(float* values, const Extents& extents, double sparsity, std::uint64_t seed)
{
    Selection selection(extents.blocks(), keptOf(extents.blocks(), sparsity), seed);
    for (std::int64_t row = 0; row < extents.rows; row += kSparseBlock)
        for (std::int64_t column = 0; column < extents.columns; column += kSparseBlock) {
            const float value = selection.next() ? 1.0F : 0.0F;
            for (std::int64_t i = 0; i < kSparseBlock; ++i)
                std::fill_n(values + (row + i) * extents.columns + column, kSparseBlock, value);
        }
}

/// Weights of a network of that layer alone; its bias is 0.
StateDict weightsOf(const Graph& graph, const Extents& extents, WeightFormat format, double sparsity,
                    std::uint64_t seed)
{
    StateDict weights;
    for (const Parameter& parameter : graph.parameters()) {
        const WritableTensor made = makeTensor(DType::Float32, parameter.shape);
        auto* values = reinterpret_cast<float*>(made.bytes);
        if (parameter.shape.size() < 2)
            std::fill_n(values, elementCount(parameter.shape), 0.0F);
        else if (format == WeightFormat::Bsr)
            fillBlocks(values, extents, sparsity, seed);
        else
            fillScattered(values, extents, sparsity, seed);
        weights.push_back({parameter.name, made.tensor});
    }
    return weights;
}

Result<void> checkLayer(const ScannedLayer& layer)
{
    const auto* conv = std::get_if<op::Conv2d>(&layer.operation);
    if (conv != nullptr && conv->groups > 1)
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is a grouped convolution, for which there is no sparse kernel; take a dense "
                                "convolution or a linear layer.",
                                layer.name));
    return {};
}

Result<void> checkSparsities(const std::vector<double>& sparsities)
{
    const bool isSound = !sparsities.empty() && std::is_sorted(sparsities.begin(), sparsities.end()) &&
                         sparsities.front() > 0.0 && sparsities.back() < 1.0;
    if (!isSound)
        return fail(ErrorCode::InvalidArgument, "Sparsities are rising shares of zeros between 0 and 1, such as "
                                                "0.5, 0.9 and 0.99.");
    return {};
}

Mode modeOf(WeightFormat format)
{
    return format == WeightFormat::Dense ? Mode::Fused : format == WeightFormat::Csr ? Mode::Csr : Mode::Bsr;
}

FormatScan empty(WeightFormat format, const Extents& extents, const std::vector<double>& sparsities)
{
    FormatScan scan;
    scan.format = format;
    const std::int64_t things = format == WeightFormat::Bsr ? extents.blocks() : extents.entries();
    for (const double sparsity : sparsities) {
        const std::int64_t kept = keptOf(things, sparsity);
        scan.points.push_back({{},
                               1.0 - static_cast<double>(kept) / static_cast<double>(things),
                               weightBytes(format, extents.rows, extents.columns, kept)});
    }
    // Bytes are linear in what is stored.
    const auto none = static_cast<double>(weightBytes(format, extents.rows, extents.columns, 0));
    const auto all = static_cast<double>(weightBytes(format, extents.rows, extents.columns, things));
    const auto dense = static_cast<double>(extents.entries() * kValueBytes);
    scan.smallerFrom = std::clamp(1.0 - (dense - none) / (all - none), 0.0, 1.0);
    return scan;
}

std::vector<LayerCandidate> candidatesOf(const BreakEven& scan, const Graph& graph, const Extents& extents)
{
    const auto candidate = [&](WeightFormat format, double sparsity) {
        return LayerCandidate{graph, modeOf(format), [=, seed = scan.options.seed] {
                                  return weightsOf(graph, extents, format, sparsity, seed);
                              }};
    };
    std::vector<LayerCandidate> candidates{candidate(WeightFormat::Dense, 0.0)};
    for (const FormatScan& format : scan.formats)
        for (const SparsePoint& point : format.points)
            candidates.push_back(candidate(format.format, point.sparsity));
    return candidates;
}

void take(BreakEven& scan, LayerRounds&& timed)
{
    auto timing = timed.timings.begin();
    scan.dense = std::move(*timing++);
    for (FormatScan& format : scan.formats) {
        for (SparsePoint& point : format.points)
            static_cast<LayerTiming&>(point) = std::move(*timing++);
        findCrossing(format, scan.dense);
    }
    scan.rounds = timed.rounds;
    scan.stopReason = std::move(timed.stopReason);
    scan.flags = std::move(timed.flags);
}

Result<BreakEven> measured(Backend& backend, const ScannedLayer& layer, const BreakEvenOptions& options,
                           const Probe& probe, const std::stop_token& stop, const ProgressSink& progress)
{
    BreakEven scan;
    scan.layer = layer;
    scan.options = options;
    scan.environment = currentEnvironment(backend.info());
    const Extents extents = extentsOf(layer);
    scan.denseBytes = weightBytes(WeightFormat::Dense, extents.rows, extents.columns, extents.entries());
    scan.formats.push_back(empty(WeightFormat::Csr, extents, options.sparsities));
    if (extents.haveBlocks())
        scan.formats.push_back(empty(WeightFormat::Bsr, extents, options.sparsities));
    const auto graph = graphOfWidth(layer, WidthAxis::Out, layer.channels(WidthAxis::Out));
    if (!graph)
        return tl::unexpected(graph.error());
    const LayerRoundsOptions rounds{options.batch, options.threads, options.precisionTarget, options.maxSeconds,
                                    options.seed};
    auto timed = timeInRounds(backend, layer.name, candidatesOf(scan, *graph, extents), rounds, probe, stop, progress);
    if (!timed)
        return tl::unexpected(timed.error());
    take(scan, *std::move(timed));
    return scan;
}

} // namespace

std::string_view name(WeightFormat format)
{
    return format == WeightFormat::Dense ? "dense" : format == WeightFormat::Csr ? "csr" : "bsr";
}

std::int64_t weightBytes(WeightFormat format, std::int64_t rows, std::int64_t columns, std::int64_t stored)
{
    if (format == WeightFormat::Dense)
        return rows * columns * kValueBytes;
    const std::int64_t values = format == WeightFormat::Csr ? 1 : kSparseBlock * kSparseBlock;
    const std::int64_t starts = (format == WeightFormat::Csr ? rows : rows / kSparseBlock) + 1;
    return stored * (values * kValueBytes + kIndexBytes) + starts * kIndexBytes;
}

void findCrossing(FormatScan& scan, const LayerTiming& dense)
{
    scan.crossing.reset();
    scan.fasterFrom.reset();
    const std::vector<SparsePoint>& points = scan.points;
    for (std::size_t i = points.size(); i-- > 0;) {
        if (!points[i].isKnown() || !(points[i].high < dense.low))
            break;
        scan.fasterFrom = points[i].sparsity;
    }
    for (std::size_t i = points.size(); i-- > 1;) {
        const double above = points[i - 1].median - dense.median;
        const double below = points[i].median - dense.median;
        if (below > 0.0)
            return; // slower even with the most zeros
        if (above > 0.0) {
            const double share = above / (above - below);
            scan.crossing = points[i - 1].sparsity + share * (points[i].sparsity - points[i - 1].sparsity);
            return;
        }
    }
}

Result<BreakEven> scanBreakEven(Backend& backend, const ScannedLayer& layer, const BreakEvenOptions& options,
                                const Probe& probe, std::stop_token stop, const ProgressSink& progress)
{
    if (auto sound = checkLayer(layer); !sound)
        return tl::unexpected(sound.error());
    if (auto sound = checkSparsities(options.sparsities); !sound)
        return tl::unexpected(sound.error());
    return guarded(fmt::format("Scanning the sparsity of {}", layer.name),
                   [&] { return measured(backend, layer, options, probe, stop, progress); });
}

} // namespace lathe
