#include "app/checks.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "core/benchmark/environment.h"

namespace lathe::cli {

namespace {

template <class Number> std::optional<Number> numberIn(const std::string& text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

CLI::Validator wholeNumbers(std::int64_t low, std::int64_t high, const std::string& which)
{
    return CLI::Validator(
        [=](std::string& text) {
            const auto value = numberIn<std::int64_t>(text);
            return value && *value >= low && *value <= high
                       ? std::string()
                       : fmt::format("\"{}\" is not a whole number {}", text, which);
        },
        "");
}

} // namespace

CLI::Validator atLeastOne()
{
    return wholeNumbers(1, std::numeric_limits<std::int64_t>::max(), "from 1 on");
}

CLI::Validator threadCount()
{
    return wholeNumbers(1, mostThreads(), fmt::format("from 1 to {}", mostThreads()));
}

CLI::Validator between(double low, double high)
{
    return CLI::Validator(
        [=](std::string& text) {
            const auto value = numberIn<double>(text);
            return value && *value >= low && *value <= high
                       ? std::string()
                       : fmt::format("\"{}\" is not a number from {} to {}", text, low, high);
        },
        fmt::format("[{} to {}]", low, high));
}

} // namespace lathe::cli
