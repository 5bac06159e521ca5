#pragma once

#include <cstdint>
#include <string>

/// Cells of a CSV file that spreadsheets, pandas and R read alike.
namespace lathe::csv {

/// As C writes it, with all digits needed to read it back: "NaN", "Inf" and "-Inf" where it is no number.
std::string cell(double value);
std::string cell(std::int64_t value);

/// RFC 4180: quotes around what holds a comma, a quote or a line break, and quotes in it doubled.
std::string quoted(const std::string& text);

} // namespace lathe::csv
