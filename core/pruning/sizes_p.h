#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/formats/model_file.h"
#include "core/pruning/sizes.h"

/// What the table of sizes is made of.
namespace lathe {

/// A weight that sparse formats are of.
struct Weight {
    std::string name;
    HostTensor values; ///< float32
    std::int64_t nonzeros = 0;

    std::int64_t entries() const { return elementCount(values.shape); }
    std::int64_t rows() const { return values.shape.front(); }
    std::int64_t columns() const { return entries() / rows(); }
    std::int64_t axes() const { return static_cast<std::int64_t>(values.shape.size()); }
    std::int64_t blockHeight() const { return blockEdge(rows()); }
    std::int64_t blockWidth() const { return blockEdge(columns()); }
    /// Outputs x everything else, as CSR and BSR take it.
    HostTensor matrix() const { return {values.dtype, {rows(), columns()}, values.data}; }
};

struct Weights {
    std::vector<Weight> sparse;
    StateDict rest;

    std::int64_t restBytes() const
    {
        std::int64_t bytes = 0;
        for (const NamedTensor& tensor : rest)
            bytes += tensor.tensor.byteCount();
        return bytes;
    }
    std::int64_t sum(const std::function<std::int64_t(const Weight&)>& of) const
    {
        std::int64_t total = 0;
        for (const Weight& weight : sparse)
            total += of(weight);
        return total;
    }
    std::int64_t entries() const { return sum(&Weight::entries); }
};

/// A format: what it should take, and how it is written.
struct Format {
    FormatSize size;
    const char* file = "coo.pt"; ///< its name where it is kept
    std::function<Result<void>(const std::filesystem::path&)> write;
};

/// Each keeps references to its arguments. `weights`: the model's.
std::vector<Format> formatsOf(const LoadedModel& model, const Weights& weights);

} // namespace lathe
