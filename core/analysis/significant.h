#pragma once

#include <string>
#include <string_view>

/// Numbers as people read them, alike in every locale. What is not finite becomes an en dash.
namespace lathe {

/// At least `digits` significant digits without an exponent, and no zeros behind the last that counts:
/// (1234.56, 3) -> "1235", (0.0012345, 3) -> "0.00123", (2.5, 3) -> "2.5".
std::string formatSignificant(double value, int digits = 3);

/// With the digits its interval supports: (12.3187, 12.1, 12.5) -> "12.3 ± 0.2". What follows the ± is the farther
/// end of the interval, to one significant digit or, where that is a 1, to two. Without an interval three digits.
std::string formatWithInterval(double value, double low, double high);

/// Both ends of an interval with as many decimals, enough to tell them apart with two digits of their distance:
/// (1.352, 1.398) -> "1.352 to 1.398", (0.994, 1.0061) -> "0.994 to 1.006". At most three digits behind the first.
std::string formatRange(double low, double high);

/// So many decimals, and a minus sign rather than a hyphen: (-0.617, 2) -> "−0.62".
std::string formatFixed(double value, int decimals);

/// Three significant digits with an SI prefix from 1000 up: 25557032 -> "25.6M", 10000 -> "10k".
std::string formatSi(double value);

/// The same with a unit: (3.1e11, "FLOP/s") -> "310 GFLOP/s".
std::string formatSi(double value, std::string_view unit);

/// The same for bytes, in powers of ten: 97800000 -> "97.8 MB", 512 -> "512 B".
std::string formatBytes(double bytes);

/// "350 ms", "3.5 s", "42 s", "1 min 20 s", "2 h 5 min", "3 d 4 h".
std::string formatDuration(double seconds);

} // namespace lathe
