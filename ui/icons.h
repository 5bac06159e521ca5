#pragma once

#include <QIcon>

namespace lathe::ui {

/// A monochrome symbol of resources/icons ("run"), drawn in the palette's text colour whenever it is painted, so
/// that it follows the theme.
QIcon symbol(const QString& name);

/// The application's own icon, in colour.
QIcon applicationIcon();

} // namespace lathe::ui
