#pragma once

#include <QString>

#include <cstdint>
#include <string_view>

/// Figures as people read them.
namespace lathe::ui {

QString toQString(std::string_view text);

/// At least `digits` significant digits, no exponent, no grouping: 25.6, 0.0606, 1234.
QString rounded(double value, int digits = 3);

/// 25557032 -> "25.6"; digits as `rounded`.
QString inMillions(std::int64_t count);
QString inBillions(std::int64_t count);
/// 1 MB = 10^6 bytes.
QString inMegabytes(std::int64_t bytes);

/// "1:03", "1:02:03".
QString clockText(std::int64_t milliseconds);

/// For guesses: "about 40 s", "about 3 min", "about 1.5 h".
QString aboutDuration(double seconds);

/// 1 -> "1 record", 3 -> "3 records".
QString counted(std::int64_t count, const QString& one, const QString& many);

/// Left alone as text in rich text.
QString escaped(std::string_view text);

/// "2026-11-22T23:46:26Z" -> local date and time, short; the text itself if it is no such time.
QString localTime(std::string_view iso);

} // namespace lathe::ui
