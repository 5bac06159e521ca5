#include "ui/system_theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QGuiApplication>
#include <QStyleHints>

namespace lathe::ui {

namespace {

constexpr int kPatienceMs = 100; // before the first paint
const auto kService = QStringLiteral("org.freedesktop.portal.Desktop");
const auto kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const auto kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const auto kSpace = QStringLiteral("org.freedesktop.appearance");
const auto kKey = QStringLiteral("color-scheme");

QDBusMessage question()
{
    return QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read")) << kSpace << kKey;
}

std::optional<bool> answerIn(const QDBusMessage& reply)
{
    if (reply.type() != QDBusMessage::ReplyMessage || reply.arguments().isEmpty())
        return std::nullopt;
    return SystemTheme::isDark(reply.arguments().constFirst());
}

} // namespace

std::optional<bool> SystemTheme::isDark(const QVariant& colourScheme)
{
    QVariant value = colourScheme;
    while (value.metaType() == QMetaType::fromType<QDBusVariant>()) // Read answers with a variant inside a variant
        value = value.value<QDBusVariant>().variant();
    const uint scheme = value.toUInt();
    return scheme == 1 || scheme == 2 ? std::optional(scheme == 1) : std::nullopt;
}

void SystemTheme::follow()
{
    if (!followQt())
        followPortal();
}

bool SystemTheme::followQt()
{
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const auto darkIn = [](Qt::ColorScheme scheme) {
        return scheme == Qt::ColorScheme::Unknown ? std::nullopt : std::optional(scheme == Qt::ColorScheme::Dark);
    };
    const QStyleHints* hints = QGuiApplication::styleHints();
    if (!darkIn(hints->colorScheme()))
        return false;
    connect(hints, &QStyleHints::colorSchemeChanged, this,
            [this, darkIn](Qt::ColorScheme scheme) { tell(darkIn(scheme)); });
    tell(darkIn(hints->colorScheme()));
    return true;
#else
    return false;
#endif
}

void SystemTheme::followPortal()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    qRegisterMetaType<QDBusVariant>(); // which QtDBus does in time or not: the slot's type must be known by name
    bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this,
                SLOT(settingChanged(QString, QString, QDBusVariant)));
    QDBusMessage now = question();
    now.setAutoStartService(false); // a portal that has yet to start would be waited for
    const QDBusMessage reply = bus.call(now, QDBus::Block, kPatienceMs);
    if (reply.type() == QDBusMessage::ReplyMessage) {
        tell(answerIn(reply));
        return;
    }
    auto* later = new QDBusPendingCallWatcher(bus.asyncCall(question()), this);
    connect(later, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* call) {
        tell(answerIn(call->reply()));
        call->deleteLater();
    });
}

void SystemTheme::settingChanged(const QString& space, const QString& key, const QDBusVariant& value)
{
    if (space == kSpace && key == kKey)
        tell(isDark(value.variant()).value_or(false)); // who no longer prefers dark has gone back to the usual
}

void SystemTheme::tell(const std::optional<bool>& dark)
{
    if (dark)
        Q_EMIT told(*dark);
}

} // namespace lathe::ui
