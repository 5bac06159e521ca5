#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/session/record.h"

/// Which of a session's records show the network that a compressed one (quantized, pruned, distilled) was made from.
namespace lathe {

/// A record of a compressed network and the one to hold it against, both as indices.
struct Derivation {
    std::size_t origin = 0;
    std::size_t derived = 0;

    bool operator==(const Derivation&) const = default;
};

/// A model without its folders; of a folder (it may end with a slash) its own name.
std::string_view fileName(std::string_view model);

/// Index of the record that a compressed one is held against: of the model it was made from, itself not compressed, in
/// the same series, with the same batch, threads and input. Of several modes "fused", else "bf16", else the fastest;
/// of repeats the last. A file that was moved is known by its name, unless files of that name lie in several folders.
/// None where nothing of the kind was measured, or where `derived` is of no compressed network.
/// Of the records that `isWanted` takes, or of all without it.
std::optional<std::size_t> originOf(const Record& derived, const std::vector<Record>& records,
                                    const std::function<bool(const Record&)>& isWanted = {});

/// Those of all records that have one, in the records' order.
std::vector<Derivation> derivations(const std::vector<Record>& records);

/// "1.83 ± 0.05 times as fast as resnet50 fused, file 25 % of its size": from the records' throughputs, taken one after
/// the other, so as wide as both intervals allow. Where a file's size is unknown that of the weights is told.
std::string gainText(const Record& derived, const Record& origin);

/// The same as a sentence for a record of a compressed network; where there is nothing to hold it against, what to
/// measure for that. Empty for one that was not compressed.
std::string gainSentence(const Record& record, const std::vector<Record>& records);

} // namespace lathe
