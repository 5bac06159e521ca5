#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lathe {

/// Counts in bins of one width from `low` to `high`.
struct Histogram {
    double low = 0.0;
    double high = 0.0;
    std::vector<std::int64_t> counts;

    double binWidth() const { return (high - low) / static_cast<double>(counts.size()); }
    double centre(std::size_t bin) const { return low + (static_cast<double>(bin) + 0.5) * binWidth(); }
    std::int64_t total() const;

    /// A value beyond an end counts in the bin there.
    void add(double value);
};

/// An empty one; a range without a width is given one around it.
Histogram makeHistogram(double low, double high, int bins);

/// Counts of values that come in batches, whose range nobody knows beforehand. Bins are a power of two wide and begin
/// at its multiples, so that two become one without a guess when the range grows: the counts are those of all values in
/// the last width, in whatever batches and order they came. 0 is always inside, on the border of two bins.
class GrowingHistogram {
public:
    /// At most these from one end to the other, and more than half as many once there is a value besides 0.
    static constexpr std::int64_t kMostBins = 4096;

    /// Finite values; others must have been left out.
    void add(std::span<const float> values);

    bool isEmpty() const { return m_count == 0; }
    std::int64_t count() const { return m_count; }
    double binWidth() const;

    /// From the lowest bin to the highest.
    Histogram counts() const;

    /// Of the values' magnitudes.
    Histogram magnitudes() const;

private:
    using Counts = std::vector<std::int64_t>;

    void makeRoom(double low, double high);
    void widen();

    int m_exponent = 0;  ///< of the width
    double m_most = 0.0; ///< magnitudes that the bins hold below and above zero
    double m_least = 0.0;
    Counts m_above; ///< the i-th is [i w, (i + 1) w)
    Counts m_below; ///< the i-th is (-(i + 1) w, -i w), with its far end
    std::int64_t m_count = 0;
};

} // namespace lathe
