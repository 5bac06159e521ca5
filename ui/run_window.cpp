#include "ui/run_window.h"

#include <QApplication>
#include <QFileInfo>

#include "core/base/version.h"
#include "ui/format.h"
#include "ui/icons.h"
#include "ui/main_window.h"
#include "ui/session/document.h"
#include "ui/session/recovery.h"
#include "ui/system_theme.h"
#include "ui/theme.h"
#include "ui/watch.h"

namespace lathe::ui {

int runWindow(QApplication& application, const QString& sessionPath)
{
    QApplication::setOrganizationName(QStringLiteral("lathe"));
    QApplication::setApplicationName(QStringLiteral("lathe"));
    QApplication::setApplicationDisplayName(QString()); // the title says it already
    QApplication::setApplicationVersion(toQString(version()));
    QApplication::setDesktopFileName(QStringLiteral("lathe"));
    QApplication::setWindowIcon(applicationIcon());
    SystemTheme desktop;
    QObject::connect(&desktop, &SystemTheme::told, &application, &setSystemDark);
    desktop.follow();
    applyTheme(savedTheme());

    MainWindow window({Measuring::withEngine(), Questions::dialogs(), RecoveryFolder::defaultBase()});
    watchWindow(&window, window.jobs());
    afterFirstPaint(&window, [&window, sessionPath] {
        // First what a crash left: of this very session it may hold more than the file does.
        window.startUp();
        const QString wanted = sessionPath.isEmpty() ? QString() : QFileInfo(sessionPath).absoluteFilePath();
        if (!wanted.isEmpty() && window.document()->path() != wanted)
            window.openSession(wanted);
    });
    window.show();
    return application.exec();
}

} // namespace lathe::ui
