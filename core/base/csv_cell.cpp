#include "core/base/csv_cell.h"

#include <cmath>

#include <fmt/format.h>

namespace lathe::csv {

std::string cell(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string cell(std::int64_t value)
{
    return fmt::format("{}", value);
}

std::string quoted(const std::string& text)
{
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string result = "\"";
    for (const char c : text)
        result += c == '"' ? std::string("\"\"") : std::string(1, c);
    return result + '"';
}

} // namespace lathe::csv
