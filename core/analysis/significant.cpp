#include "core/analysis/significant.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace lathe {

namespace {

constexpr const char* kUnknown = "–";

/// Power of ten of the first digit: 2 for 340, -2 for 0.034. What rounds up to the next power at `digits`
/// significant digits has that one's.
int magnitude(double value, int digits)
{
    const std::string text = fmt::format("{:.{}e}", std::abs(value), digits - 1);
    return std::stoi(text.substr(text.find('e') + 1));
}

/// Rounded to 10^-decimals, where `decimals` may be negative.
std::string fixed(double value, int decimals)
{
    if (decimals >= 0)
        return fmt::format("{:.{}f}", value, decimals);
    const double unit = std::pow(10.0, -decimals);
    return fmt::format("{:.0f}", std::round(value / unit) * unit);
}

void dropTrailingZeros(std::string& text)
{
    if (text.find('.') == std::string::npos)
        return;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
}

/// Decimals that show a half width to one digit, or two where the first is a 1.
int decimalsFor(double halfWidth)
{
    const bool startsWithOne = fmt::format("{:.1e}", halfWidth).front() == '1';
    return (startsWithOne ? 1 : 0) - magnitude(halfWidth, 2);
}

/// Wider than nothing, and than what a double can tell apart.
bool isInterval(double value, double low, double high)
{
    return std::isfinite(value) && std::isfinite(low) && std::isfinite(high) && low <= value && value <= high &&
           high - low > std::abs(value) * 1e-12;
}

std::string prefixed(double value, std::string_view between)
{
    constexpr std::array<std::string_view, 7> kPrefixes = {"", "k", "M", "G", "T", "P", "E"};
    constexpr int kDigits = 3;
    const int power = value == 0.0 ? 0 : magnitude(value, kDigits);
    const int group = std::clamp(power >= 0 ? power / 3 : 0, 0, static_cast<int>(kPrefixes.size()) - 1);
    return fmt::format("{}{}{}", formatSignificant(value / std::pow(1000.0, group), kDigits), between,
                       kPrefixes[static_cast<std::size_t>(group)]);
}

std::string twoParts(std::int64_t total, std::int64_t unit, std::string_view large, std::string_view small)
{
    const std::int64_t rest = total % unit;
    return rest == 0 ? fmt::format("{} {}", total / unit, large)
                     : fmt::format("{} {} {} {}", total / unit, large, rest, small);
}

} // namespace

std::string formatSignificant(double value, int digits)
{
    if (!std::isfinite(value))
        return kUnknown;
    if (value == 0.0)
        return "0";
    std::string text = fixed(value, std::max(0, digits - 1 - magnitude(value, digits)));
    dropTrailingZeros(text);
    return text;
}

std::string formatWithInterval(double value, double low, double high)
{
    if (!isInterval(value, low, high))
        return formatSignificant(value);
    const double halfWidth = std::max(high - value, value - low);
    // A value far within its interval still shows its first digit: "400 ± 3000", not "0 ± 3000".
    const int decimals = std::max(decimalsFor(halfWidth), value == 0.0 ? INT_MIN : -magnitude(value, 1));
    return fmt::format("{} ± {}", fixed(value, decimals), fixed(halfWidth, decimals));
}

std::string formatRange(double low, double high)
{
    if (!std::isfinite(low) || !std::isfinite(high) || high <= low)
        return fmt::format("{} to {}", formatSignificant(low), formatSignificant(high));
    const int first = magnitude(std::max(std::abs(low), std::abs(high)), 3);
    const int decimals = std::clamp(1 - magnitude(high - low, 2), std::max(0, 2 - first), std::max(0, 3 - first));
    return fmt::format("{} to {}", formatFixed(low, decimals), formatFixed(high, decimals));
}

std::string formatFixed(double value, int decimals)
{
    if (!std::isfinite(value))
        return kUnknown;
    const std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
    const bool isZero = text.find_first_not_of("0.") == std::string::npos;
    return value < 0.0 && !isZero ? "−" + text : text;
}

std::string formatSi(double value)
{
    return std::isfinite(value) ? prefixed(value, "") : kUnknown;
}

std::string formatSi(double value, std::string_view unit)
{
    return std::isfinite(value) ? prefixed(value, " ").append(unit) : kUnknown;
}

std::string formatBytes(double bytes)
{
    return formatSi(bytes, "B");
}

std::string formatDuration(double seconds)
{
    constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
    if (!std::isfinite(seconds) || seconds < 0.0 || seconds > 1e12)
        return kUnknown;
    if (seconds < 0.9995)
        return formatSignificant(seconds * 1e3, seconds < 0.001 ? 2 : 3) + " ms";
    if (seconds < 9.95)
        return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < kMinute)
        return fmt::format("{} s", whole);
    if (whole < kHour)
        return twoParts(whole, kMinute, "min", "s");
    const std::int64_t minutes = (whole + kMinute / 2) / kMinute;
    if (minutes * kMinute < kDay)
        return twoParts(minutes, kHour / kMinute, "h", "min");
    const std::int64_t hours = (whole + kHour / 2) / kHour;
    return twoParts(hours, kDay / kHour, "d", "h");
}

} // namespace lathe
