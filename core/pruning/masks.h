#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/pruning/amount.h"

/// The masks of torch.nn.utils.prune, and patterns of N entries in each M. A tensor that has a mask is pruned further
/// as PyTorch's PruningContainer does it: an amount is one of the entries that are left.
namespace lathe {

/// A tensor to be pruned.
struct Prunable {
    std::string name;  ///< for errors
    HostTensor values; ///< float32, as the network uses them: with a mask the products
    HostTensor keep;   ///< uint8 of the same shape, 1 where an entry is left
};

/// A mask that keeps everything.
HostTensor wholeMask(const Shape& shape);

/// Entries that a mask prunes.
std::int64_t prunedEntries(const HostTensor& keep);

/// New masks for these tensors, which lose `amount` of all their entries together (global_unstructured); one tensor
/// alone is layer by layer (l1_unstructured). The smallest magnitudes go; of equal ones the earlier, of which PyTorch
/// chooses no matter which. Takes no memory beside the masks.
Result<std::vector<HostTensor>> l1Masks(const std::vector<Prunable>& tensors, const Amount& amount);

/// The same with entries chosen at random, each as likely; the same seed and stream choose the same.
Result<std::vector<HostTensor>> randomMasks(const std::vector<Prunable>& tensors, const Amount& amount,
                                            std::uint64_t seed, std::uint64_t stream);

/// What both the tensor's mask and `mask` keep (custom_from_mask). `mask`: of any dtype, 0 and 1 alone.
Result<HostTensor> customMask(const Prunable& tensor, const HostTensor& mask);

/// uint8 of 0 and 1 for a mask of any dtype; InvalidArgument, naming it, where it has other values.
Result<HostTensor> asMask(const HostTensor& mask, const std::string& name);

/// At most `kept` entries of each `of` that follow each other.
struct NOfM {
    int kept = 2;
    int of = 4;

    bool operator==(const NOfM&) const = default;
};
std::string toString(const NOfM& pattern); ///< "2:4"
/// InvalidArgument unless 1 <= kept < of <= 64.
Result<NOfM> nOfMFromText(const std::string& text);

/// Of each `of` consecutive inputs (axis 1) the `kept` largest magnitudes stay, the earlier of equal ones, for each
/// output and each place in a kernel. Inputs behind the last whole group stay as they are. InvalidArgument for a tensor
/// of fewer than two axes.
Result<HostTensor> nOfMMask(const Prunable& tensor, const NOfM& pattern);

/// Whole slices along an axis: those with the smallest norm go (ln_structured).
struct ChannelNorm {
    double n = 2.0;        ///< of the norm; infinity for the largest magnitude
    std::int64_t axis = 0; ///< from the end where negative
};
Result<HostTensor> channelMask(const Prunable& tensor, const Amount& amount, const ChannelNorm& norm);

} // namespace lathe
