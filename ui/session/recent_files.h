#pragma once

#include <QStringList>

namespace lathe::ui {

/// Sessions opened or saved lately, newest first; kept in the settings.
QStringList recentFiles();
void addRecentFile(const QString& path);
void forgetRecentFiles();

} // namespace lathe::ui
