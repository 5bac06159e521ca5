#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/formats/model_file.h"

/// What a network's weights take on disk in each format. Sparse and packed formats are of the weights of convolutions,
/// linear layers and embeddings; everything else lies beside them as it is.
namespace lathe {

struct FormatSize {
    std::string format;                    ///< "dense .pt", "CSR .pt", "2:4 packed .safetensors", ...
    std::string formula;                   ///< what the bytes expected are, in words and signs
    std::int64_t expectedBytes = 0;        ///< of the numbers; what names, shapes and padding take comes on top
    std::optional<std::int64_t> bytes;     ///< of the file; none: it was too large to be written
    std::optional<std::int64_t> gzipBytes; ///< of that, compressed by gzip at its usual level
    /// The share of zeros (of blocks with zeros alone for BSR), alike in all layers, from which on the format takes
    /// fewer bytes than dense numbers; none: it never does, or it is dense.
    std::optional<double> breakEven;
    bool isOfBlocks = false; ///< that share is of blocks
};

struct SizeTable {
    std::int64_t weights = 0; ///< entries of the tensors that sparse formats are of
    std::int64_t zeros = 0;   ///< of them
    std::vector<FormatSize> formats;
};

struct SizeOptions {
    std::filesystem::path keepIn{}; ///< a folder that the files stay in, as "coo.pt" and so on; empty: they go
    std::int64_t mostBytes = std::int64_t{1} << 31; ///< files that would be larger are not written
};

/// Writes each file, unless it is to be kept among the system's temporary files, where it is gone afterwards.
/// Unsupported for quantized networks; Cancelled where it was stopped.
Result<SizeTable> measureSizes(const LoadedModel& model, const SizeOptions& options, const std::stop_token& stop,
                               const ProgressSink& progress);

/// Edge of the blocks of BSR for an extent: the largest divisor of at most 8.
std::int64_t blockEdge(std::int64_t extent);

} // namespace lathe
