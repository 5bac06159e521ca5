#pragma once

#include <optional>

#include "core/base/tensor.h"
#include "core/pruning/masks.h"

/// Weights of which N in each M consecutive inputs are not zero, without the zeros: N values and their N places in the
/// group, of log2 M bits each, as NVIDIA's sparse tensor cores take 2:4.
namespace lathe {

/// Groups lie one behind the other as their first entries do in the dense tensor.
struct PackedPattern {
    NOfM pattern;
    Shape shape;       ///< of the dense tensor; inputs are axis 1
    HostTensor values; ///< float32, groups x N
    HostTensor places; ///< uint8: bits of places, the lowest first; places of a group rise
    HostTensor rest;   ///< float32: inputs behind the last whole group, row-major
};

/// The pattern with M = 2, 4, 8, 16 or 32 that takes the fewest bytes, with at most half of a group left and groups
/// that are three quarters full on average; nothing where there is none. `weights`: float32.
std::optional<NOfM> patternOf(const HostTensor& weights);

/// Bytes of values, places and rest.
std::int64_t packedBytes(const Shape& shape, const NOfM& pattern);

/// `weights` has the pattern.
PackedPattern packed(const HostTensor& weights, const NOfM& pattern);
HostTensor unpacked(const PackedPattern& packed);

} // namespace lathe
