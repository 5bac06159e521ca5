#pragma once

#include <QByteArray>

namespace lathe::ui {

/// An SVG of QSvgGenerator's with what it uses of each of its fonts added as @font-face rules, so that its text looks
/// the same where the fonts are missing, and is text still. A font that cannot be embedded is left out: its text
/// then looks as the reader's fonts make it.
QByteArray withEmbeddedFonts(const QByteArray& svg);

} // namespace lathe::ui
