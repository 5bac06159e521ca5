#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/architectures/catalogue.h"
#include "core/base/result.h"

namespace lathe {

/// One row of a `benchmark-infer-*.csv` of timm. What a table lacks is empty.
struct TimmRow {
    std::string model;
    ArchitectureType type = ArchitectureType::Cnn; ///< told from the name's first part
    std::optional<double> imageSize;               ///< pixels
    std::optional<double> throughput;              ///< images/s
    std::optional<double> stepMs;                  ///< latency of one batch
    std::optional<double> batch;
    std::optional<double> paramsMillions;
    std::optional<double> gmacs;
    std::optional<double> activationsMillions;
    std::optional<double> top1; ///< fraction, from the accuracy table
};

struct TimmTable {
    std::string name; ///< of the file, without its ending
    std::vector<TimmRow> rows;
    int skipped = 0; ///< rows without a model or a throughput
};

/// Columns in any order, by name. The error says which needed column is missing.
Result<TimmTable> readTimmTable(const std::filesystem::path& path);

/// Fills `top1` from a `results-imagenet*.csv`, joined on `model`; returns how many rows matched.
Result<int> joinTimmAccuracy(TimmTable& table, const std::filesystem::path& accuracy);

/// "vit_base_patch16_224.augreg" -> Vit, "mixer_b16_224" -> Mlp, "coatnet_0_rw_224" -> Hybrid, others Cnn.
ArchitectureType typeFromTimmName(const std::string& model);

} // namespace lathe
