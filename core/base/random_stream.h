#pragma once

#include <cstdint>
#include <vector>

namespace lathe {

/// Random numbers that are the same on every machine, which the standard library's distributions are not: splitmix64
/// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). Streams of one seed have nothing to
/// do with each other, so that whatever needs random numbers takes a stream of its own.
class RandomStream {
public:
    explicit RandomStream(std::uint64_t seed, std::uint64_t stream = 0);

    std::uint64_t next();
    std::uint64_t below(std::uint64_t n); ///< from 0 to n - 1, each as likely; n at least 1
    double uniform();                     ///< from 0 to 1, without 1
    double normal();                      ///< mean 0, standard deviation 1

private:
    std::uint64_t m_state;
};

/// 0 to `count` - 1 in random order.
std::vector<std::int64_t> permutation(std::int64_t count, RandomStream random);

} // namespace lathe
