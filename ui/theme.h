#pragma once

#include <QPalette>
#include <QString>

class QApplication;

namespace lathe::ui {

enum class Theme { System, Light, Dark };

/// "system", "light", "dark"; anything else is the system's.
QString themeName(Theme theme);
Theme themeFromName(const QString& name);

/// The Fusion style in our light or dark palette. The system's theme is told from its own palette: Qt 6.4 has no
/// other way to ask.
void applyTheme(Theme theme);
bool isDark(const QPalette& palette);

/// Text that warns, readable on the palette's window.
QColor warningColour(const QPalette& palette);

QPalette lightPalette();
QPalette darkPalette();

/// As kept in the settings.
Theme savedTheme();
void saveTheme(Theme theme);

} // namespace lathe::ui
