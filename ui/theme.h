#pragma once

#include <QPalette>
#include <QString>

class QApplication;

namespace lathe::ui {

enum class Theme { System, Light, Dark };

/// "system", "light", "dark"; anything else is the system's.
QString themeName(Theme theme);
Theme themeFromName(const QString& name);

/// The Fusion style in our light or dark palette. Until `setSystemDark` is told, the system's theme is that of the
/// palette which Qt started with.
void applyTheme(Theme theme);

/// What the desktop is now; a theme that is the system's changes with it.
void setSystemDark(bool dark);
bool isDark(const QPalette& palette);

/// Text that warns, readable on the palette's window.
QColor warningColour(const QPalette& palette);

QPalette lightPalette();
QPalette darkPalette();

/// As kept in the settings.
Theme savedTheme();
void saveTheme(Theme theme);

} // namespace lathe::ui
