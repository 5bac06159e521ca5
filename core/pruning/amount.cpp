#include "core/pruning/amount.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace lathe {

namespace {

template <class T> std::optional<T> numberFrom(std::string_view text)
{
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

} // namespace

Result<Amount> amountFromText(std::string_view text)
{
    if (const auto count = numberFrom<std::int64_t>(text)) {
        if (*count < 0)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("An amount of {} cannot be: write a share from 0.0 to 1.0 or a number of entries.",
                                    *count));
        return *count;
    }
    const auto share = numberFrom<double>(text);
    if (!share)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no amount: write a share like 0.3 or a number of entries like 3.", text));
    if (!(*share >= 0.0 && *share <= 1.0))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("An amount of {} is no share from 0.0 to 1.0; a number of entries is written without "
                                "a point.",
                                text));
    return *share;
}

std::string toString(const Amount& amount)
{
    if (const auto* count = std::get_if<std::int64_t>(&amount))
        return fmt::format("{}", *count);
    return fmt::format("{}", std::get<double>(amount)); // fmt keeps the point: "1.0"
}

Result<std::int64_t> entriesToPrune(const Amount& amount, std::int64_t size, const std::string& what)
{
    if (const auto* share = std::get_if<double>(&amount))
        return static_cast<std::int64_t>(std::nearbyint(*share * static_cast<double>(size)));
    const std::int64_t count = std::get<std::int64_t>(amount);
    if (count > size)
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} cannot lose {} entries: {} are left of it; choose a smaller number.", what, count, size));
    return count;
}

} // namespace lathe
