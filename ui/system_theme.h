#pragma once

#include <QDBusVariant>
#include <QObject>

#include <optional>

namespace lathe::ui {

/// Whether the desktop is dark, told at the start and whenever it changes: by Qt where it knows (6.5 or later, on
/// most desktops), else by the desktop portal's setting `org.freedesktop.appearance color-scheme`. Where neither is
/// there nothing is told.
class SystemTheme : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    /// Tells at once what can be had at once, and what comes later when it comes.
    void follow();

    /// As the portal's setting says it: 1 is dark, 2 light; 0 is no preference.
    static std::optional<bool> isDark(const QVariant& colourScheme);

Q_SIGNALS:
    void told(bool dark);

public Q_SLOTS:
    /// The portal's signal.
    void settingChanged(const QString& space, const QString& key, const QDBusVariant& value);

private:
    bool followQt();
    void followPortal();
    void tell(const std::optional<bool>& dark);
};

} // namespace lathe::ui
