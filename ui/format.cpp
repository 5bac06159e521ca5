#include "ui/format.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

QString toQString(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

QString rounded(double value, int digits)
{
    if (!std::isfinite(value))
        return QStringLiteral("–");
    const int magnitude = value == 0.0 ? 0 : static_cast<int>(std::floor(std::log10(std::abs(value))));
    return QString::number(value, 'f', std::clamp(digits - 1 - magnitude, 0, 9));
}

QString inMillions(std::int64_t count)
{
    return rounded(static_cast<double>(count) / 1e6);
}

QString inBillions(std::int64_t count)
{
    return rounded(static_cast<double>(count) / 1e9);
}

QString inMegabytes(std::int64_t bytes)
{
    return rounded(static_cast<double>(bytes) / 1e6);
}

QString clockText(std::int64_t milliseconds)
{
    const auto seconds = static_cast<int>(milliseconds / 1000);
    const QString rest = QStringLiteral("%1:%2").arg(seconds / 60 % 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
    if (seconds < 3600)
        return rest;
    return QStringLiteral("%1:%2:%3")
        .arg(seconds / 3600)
        .arg(seconds / 60 % 60, 2, 10, QLatin1Char('0'))
        .arg(seconds % 60, 2, 10, QLatin1Char('0'));
}

QString aboutDuration(double seconds)
{
    if (seconds < 1.0)
        return QObject::tr("under a second");
    if (seconds < 90.0)
        return QObject::tr("about %1 s").arg(std::lround(seconds));
    if (seconds < 5400.0)
        return QObject::tr("about %1 min").arg(std::lround(seconds / 60.0));
    return QObject::tr("about %1 h").arg(rounded(seconds / 3600.0, 2));
}

QString counted(std::int64_t count, const QString& one, const QString& many)
{
    return QStringLiteral("%1 %2").arg(count).arg(count == 1 ? one : many);
}

QString escaped(std::string_view text)
{
    return toQString(text).toHtmlEscaped();
}

QString localTime(std::string_view iso)
{
    const QDateTime time = QDateTime::fromString(toQString(iso), Qt::ISODate);
    return time.isValid() ? time.toLocalTime().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")) : toQString(iso);
}

} // namespace lathe::ui
