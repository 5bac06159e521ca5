#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>

#include "ui/system_theme.h"
#include "ui/theme.h"

using namespace lathe::ui;

namespace {

const QString kAppearance = "org.freedesktop.appearance";
const QString kScheme = "color-scheme";

bool windowIsDark()
{
    return isDark(QApplication::palette());
}

/// A session bus without a session.
struct Bus {
    QProcess daemon;

    bool start()
    {
        daemon.start("dbus-daemon", {"--session", "--nofork", "--print-address"});
        if (!daemon.waitForStarted() || !daemon.waitForReadyRead())
            return false;
        qputenv("DBUS_SESSION_BUS_ADDRESS", daemon.readLine().trimmed());
        return true;
    }
    ~Bus()
    {
        daemon.terminate();
        daemon.waitForFinished();
    }
};

} // namespace

/// What a desktop's portal answers and tells, on a bus of our own.
class FakePortal : public QObject {
    Q_OBJECT
    Q_CLASSINFO("D-Bus Interface", "org.freedesktop.portal.Settings")

public:
    uint scheme = 1;

public Q_SLOTS:
    QDBusVariant Read(const QString&, const QString&)
    {
        return QDBusVariant(QVariant::fromValue(QDBusVariant(scheme)));
    }

Q_SIGNALS:
    void SettingChanged(const QString& space, const QString& key, const QDBusVariant& value);
};

class TestTheme : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // First, while nothing else has told Qt of D-Bus' types.
    void aPortalIsAskedAndListenedTo()
    {
        if (QStandardPaths::findExecutable("dbus-daemon").isEmpty())
            QSKIP("dbus-daemon is not installed.");
        Bus bus;
        QVERIFY(bus.start());
        FakePortal portal;
        QDBusConnection desktopSide =
            QDBusConnection::connectToBus(qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), "desktop");
        const QString path = "/org/freedesktop/portal/desktop";
        QVERIFY(desktopSide.registerObject(path, &portal,
                                           QDBusConnection::ExportAllSlots | QDBusConnection::ExportAllSignals));
        QVERIFY(desktopSide.registerService("org.freedesktop.portal.Desktop"));

        SystemTheme desktop;
        QSignalSpy told(&desktop, &SystemTheme::told);
        desktop.follow();
        QTRY_COMPARE(told.count(), 1);
        QCOMPARE(told.at(0).at(0).toBool(), true);
        Q_EMIT portal.SettingChanged(kAppearance, kScheme, QDBusVariant(2u));
        QTRY_COMPARE(told.count(), 2);
        QCOMPARE(told.at(1).at(0).toBool(), false);
    }

    void theSystemsThemeFollowsTheDesktop()
    {
        applyTheme(Theme::System);
        setSystemDark(true);
        QVERIFY(windowIsDark());
        setSystemDark(false);
        QVERIFY(!windowIsDark());
    }

    void aChosenThemeStaysWhateverTheDesktopDoes()
    {
        applyTheme(Theme::Light);
        setSystemDark(true);
        QVERIFY(!windowIsDark());
        applyTheme(Theme::Dark);
        setSystemDark(false);
        QVERIFY(windowIsDark());
        applyTheme(Theme::System);
        QVERIFY(!windowIsDark());
    }

    void theDesktopsSettingIsToldInWordsOfDarkAndLight()
    {
        QCOMPARE(SystemTheme::isDark(1u), std::optional(true));
        QCOMPARE(SystemTheme::isDark(2u), std::optional(false));
        QCOMPARE(SystemTheme::isDark(0u), std::optional<bool>());
        QCOMPARE(SystemTheme::isDark(7u), std::optional<bool>());
        QCOMPARE(SystemTheme::isDark(QVariant::fromValue(QDBusVariant(QVariant::fromValue(QDBusVariant(1u))))),
                 std::optional(true));
        QCOMPARE(SystemTheme::isDark("dark"), std::optional<bool>());
    }

    void onlyTheColourSchemeCounts()
    {
        SystemTheme desktop;
        QSignalSpy told(&desktop, &SystemTheme::told);
        desktop.settingChanged(kAppearance, "accent-color", QDBusVariant(1u));
        desktop.settingChanged("org.gnome.desktop.interface", kScheme, QDBusVariant(1u));
        QCOMPARE(told.count(), 0);
        desktop.settingChanged(kAppearance, kScheme, QDBusVariant(1u));
        QCOMPARE(told.takeFirst().at(0).toBool(), true);
        desktop.settingChanged(kAppearance, kScheme, QDBusVariant(0u)); // back to the usual
        QCOMPARE(told.takeFirst().at(0).toBool(), false);
    }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
