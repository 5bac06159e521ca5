#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/quantity.h"
#include "core/analysis/rank_correlation.h"
#include "core/analysis/timm_table.h"

/// The catalogue's networks in a table of timm's, so that one machine can be held against another.
namespace lathe {

/// A row's figure in the axis' unit; none where the table has none, and always for activation bytes, file size and
/// peak memory (timm counts activations, in another way).
std::optional<double> timmFigure(const TimmRow& row, Quantity quantity);

/// timm's names of an architecture, the nearest first: "vit_b_16" -> "vit_base_patch16_224". Those that timm calls
/// the same give their own name.
std::vector<std::string> timmNames(std::string_view architecture);

/// A record and the table's row of the same network at the same input.
struct TimmPair {
    std::size_t record = 0; ///< index
    std::size_t row = 0;
    double here = 0.0;
    double there = 0.0;
};

/// A row is a record's network where name and input size agree, and the parameters do within 1 %; of several weights
/// of one architecture the first row counts. `chosen` are indices of records, one a network.
std::vector<TimmPair> joinTimm(const TimmTable& table, const std::vector<Record>& records,
                               const std::vector<std::size_t>& chosen, Quantity quantity);

/// "benchmark-infer-amp-nhwc-rtx4090" -> "amp-nhwc-rtx4090": without what all of them share.
std::string shortTableName(std::string_view table);

/// How far the order here is the order there; none below five pairs.
std::optional<RankCorrelation> orderAgreement(const std::vector<TimmPair>& pairs);

/// "The order of 12 networks by throughput on i9 and here: Spearman 0.93 (0.78 to 0.98)."; or why there is none.
std::string orderSentence(const TimmTable& table, const std::vector<TimmPair>& pairs, Quantity quantity);

} // namespace lathe
