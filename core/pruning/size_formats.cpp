#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/formats/packed_pattern.h"
#include "core/formats/pruned_file.h"
#include "core/formats/safetensors.h"
#include "core/formats/torch_writer.h"
#include "core/pruning/sizes_p.h"

namespace lathe {

namespace {

constexpr std::int64_t kValueBytes = 4; ///< float32
constexpr std::int64_t kIndexBytes = 8; ///< int64, as PyTorch's conversions make them

std::int64_t blocksLeft(const Weight& weight)
{
    const std::int64_t height = weight.blockHeight(), width = weight.blockWidth(), columns = weight.columns();
    std::int64_t left = 0;
    std::vector<bool> isLeft(static_cast<std::size_t>(columns / width));
    for (std::int64_t row = 0; row < weight.rows(); ++row) {
        for (std::int64_t column = 0; column < columns; ++column)
            if (weight.values.floats()[row * columns + column] != 0.0F)
                isLeft[static_cast<std::size_t>(column / width)] = true;
        if ((row + 1) % height == 0) {
            left += std::count(isLeft.begin(), isLeft.end(), true);
            isLeft.assign(isLeft.size(), false);
        }
    }
    return left;
}

/// Where `fixed` + (1 - sparsity) `full` bytes are as many as those of dense numbers.
std::optional<double> breakEven(const Weights& weights, std::int64_t fixed, std::int64_t full)
{
    const double room = static_cast<double>(kValueBytes * weights.entries() - fixed);
    const double sparsity = full > 0 ? 1.0 - room / static_cast<double>(full) : 1.0;
    return sparsity > 0.0 && sparsity < 1.0 ? std::optional(sparsity) : std::nullopt;
}

using MakeTensors = std::function<StateDict()>;

Format torchFormat(const char* file, std::string name, std::string formula, std::int64_t bytes, MakeTensors make)
{
    return {{std::move(name), std::move(formula), bytes, {}, {}, {}}, file, [make = std::move(make)](const auto& path) {
                return writeTorchFile(path, make());
            }};
}

Format safetensorsFormat(const char* file, std::string name, std::string formula, std::int64_t bytes, MakeTensors make)
{
    return {{std::move(name), std::move(formula), bytes, {}, {}, {}}, file, [make = std::move(make)](const auto& path) {
                return writeSafetensors(path, make());
            }};
}

/// Sparse tensors are made when they are written, one network's worth at a time.
Format sparseFormat(const char* file, FormatSize size, const Weights& weights,
                    std::function<sparse::Tensor(const Weight&)> make)
{
    return {std::move(size), file, [&weights, make = std::move(make)](const auto& path) {
                std::vector<TorchEntry> entries;
                for (const NamedTensor& tensor : weights.rest)
                    entries.push_back({tensor.name, tensor.tensor});
                for (const Weight& weight : weights.sparse)
                    entries.push_back({weight.name, make(weight)});
                return writeTorchFile(path, entries);
            }};
}

Format cooFormat(const Weights& weights)
{
    const auto entryBytes = [](const Weight& w) { return kValueBytes + kIndexBytes * w.axes(); };
    FormatSize size{"COO .pt", "nonzeros × (4 + 8 × axes)", {}, {}, {}, {}};
    size.expectedBytes = weights.restBytes() + weights.sum([&](const Weight& w) { return w.nonzeros * entryBytes(w); });
    size.breakEven = breakEven(weights, 0, weights.sum([&](const Weight& w) { return w.entries() * entryBytes(w); }));
    return sparseFormat("coo.pt", std::move(size), weights, [](const Weight& w) { return sparse::toCoo(w.values); });
}

Format csrFormat(const Weights& weights)
{
    const std::int64_t begins = weights.sum([](const Weight& w) { return kIndexBytes * (w.rows() + 1); });
    FormatSize size{"CSR .pt", "nonzeros × (4 + 8) + (rows + 1) × 8", {}, {}, {}, {}};
    size.expectedBytes = weights.restBytes() + begins +
                         weights.sum([](const Weight& w) { return w.nonzeros * (kValueBytes + kIndexBytes); });
    size.breakEven = breakEven(weights, begins, weights.entries() * (kValueBytes + kIndexBytes));
    return sparseFormat("csr.pt", std::move(size), weights, [](const Weight& w) { return sparse::toCsr(w.matrix()); });
}

Format bsrFormat(const Weights& weights)
{
    const auto blockBytes = [](const Weight& w) {
        return kValueBytes * w.blockHeight() * w.blockWidth() + kIndexBytes;
    };
    const std::int64_t begins =
        weights.sum([](const Weight& w) { return kIndexBytes * (w.rows() / w.blockHeight() + 1); });
    FormatSize size{"BSR .pt", "blocks left × (4 × height × width + 8) + (block rows + 1) × 8", {}, {}, {}, {}};
    size.expectedBytes =
        weights.restBytes() + begins + weights.sum([&](const Weight& w) { return blocksLeft(w) * blockBytes(w); });
    size.isOfBlocks = true;
    size.breakEven = breakEven(weights, begins, weights.sum([&](const Weight& w) {
        return w.entries() / (w.blockHeight() * w.blockWidth()) * blockBytes(w);
    }));
    return sparseFormat("bsr.pt", std::move(size), weights,
                        [](const Weight& w) { return sparse::toBsr(w.matrix(), w.blockHeight(), w.blockWidth()); });
}

using Patterns = std::map<std::string, NOfM>; ///< by the weight's name

Patterns patternsOf(const Weights& weights)
{
    Patterns patterns;
    for (const Weight& weight : weights.sparse)
        if (const auto pattern = patternOf(weight.values))
            patterns.emplace(weight.name, *pattern);
    return patterns;
}

/// The one that most weights have.
NOfM commonest(const Patterns& patterns)
{
    std::map<std::pair<int, int>, int> counts;
    for (const auto& [name, pattern] : patterns)
        ++counts[{pattern.kept, pattern.of}];
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return {most->first.first, most->first.second};
}

StateDict packedTensors(const Weights& weights, const Patterns& patterns)
{
    StateDict tensors = weights.rest;
    for (const Weight& weight : weights.sparse) {
        const auto pattern = patterns.find(weight.name);
        if (pattern == patterns.end()) {
            tensors.push_back({weight.name, weight.values});
            continue;
        }
        const PackedPattern made = packed(weight.values, pattern->second);
        tensors.push_back({weight.name + "_values", made.values});
        tensors.push_back({weight.name + "_places", made.places});
        tensors.push_back({weight.name + "_rest", made.rest});
    }
    return tensors;
}

/// N of 32 + log2 M bits take as many as M of 32 where a share of log2 M / (32 + log2 M) is gone.
Format patternFormat(const Weights& weights, const Patterns& patterns)
{
    const NOfM common = commonest(patterns);
    FormatSize size{fmt::format("{} packed .safetensors", toString(common)),
                    "nonzeros × (4 + log2(M) / 8), in layers that have a pattern",
                    {},
                    {},
                    {},
                    {}};
    size.expectedBytes = weights.restBytes() + weights.sum([&](const Weight& w) {
        const auto pattern = patterns.find(w.name);
        return pattern != patterns.end() ? packedBytes(w.values.shape, pattern->second) : kValueBytes * w.entries();
    });
    int bits = 0;
    while (1 << bits < common.of)
        ++bits;
    size.breakEven = bits / (8.0 * kValueBytes + bits);
    return {std::move(size), "packed.safetensors", [&weights, patterns](const auto& path) {
                return writeSafetensors(path, packedTensors(weights, patterns));
            }};
}

std::int64_t bytesOf(const StateDict& tensors)
{
    std::int64_t bytes = 0;
    for (const NamedTensor& tensor : tensors)
        bytes += tensor.tensor.byteCount();
    return bytes;
}

void addDense(std::vector<Format>& formats, const LoadedModel& model)
{
    const MakeTensors weights = [&model] { return model.weights; };
    formats.push_back(torchFormat("dense.pt", "dense .pt", "entries × 4", bytesOf(model.weights), weights));
    formats.push_back(
        safetensorsFormat("dense.safetensors", "dense .safetensors", "entries × 4", bytesOf(model.weights), weights));
}

/// What pruning is saved as before it is made permanent.
void addReparametrized(std::vector<Format>& formats, const LoadedModel& model)
{
    std::int64_t masked = 0;
    for (const Mask& mask : model.pruning->masks)
        masked += elementCount(mask.keep.shape);
    const std::int64_t dense = bytesOf(model.weights);
    formats.push_back(torchFormat("masks.pt", "originals and masks .pt", "entries × 4 + masked entries × 4",
                                  dense + masked * kValueBytes,
                                  [&model] { return prunedTensors(model, DType::Float32); }));
    formats.push_back(safetensorsFormat("masks.safetensors", "originals and masks .safetensors",
                                        "entries × 4 + masked entries", dense + masked,
                                        [&model] { return prunedTensors(model, DType::UInt8); }));
}

} // namespace

std::vector<Format> formatsOf(const LoadedModel& model, const Weights& weights)
{
    std::vector<Format> formats;
    addDense(formats, model);
    if (model.pruning)
        addReparametrized(formats, model);
    formats.push_back(cooFormat(weights));
    formats.push_back(csrFormat(weights));
    formats.push_back(bsrFormat(weights));
    if (const Patterns patterns = patternsOf(weights); !patterns.empty())
        formats.push_back(patternFormat(weights, patterns));
    return formats;
}

} // namespace lathe
