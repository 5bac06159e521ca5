#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Damages sound files, the same way for the same numbers.
namespace lathe::fuzz {

/// splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
class Random {
public:
    explicit Random(std::uint64_t state) : m_state(state) {}

    std::uint64_t next();
    /// From 0 to `bound` - 1; 0 for a bound of 0.
    std::size_t below(std::size_t bound);

private:
    std::uint64_t m_state;
};

/// One of `seeds` with one to eight changes: bits, bytes, numbers of two to eight bytes and numbers in text set to what
/// breaks readers, blocks left out, repeated, moved or taken from another seed, and ends cut off.
std::string mutated(const std::vector<std::string>& seeds, Random& random);

} // namespace lathe::fuzz
