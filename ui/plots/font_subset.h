#pragma once

#include <QByteArray>
#include <QRawFont>

#include <set>

namespace lathe::ui {

/// An OpenType font of these characters alone, with TrueType or CFF outlines as the font has them and without hints.
/// Empty where the font has no outlines or does not allow a part of it to be embedded (`fsType` of its OS/2 table).
QByteArray fontSubset(const QRawFont& font, const std::set<char32_t>& characters);

} // namespace lathe::ui
