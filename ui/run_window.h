#pragma once

#include <QString>

class QApplication;

namespace lathe::ui {

/// Shows the window, with a session or an empty one, until it is closed; the process' exit status.
int runWindow(QApplication& application, const QString& sessionPath);

} // namespace lathe::ui
