#include "ui/plots/font_subset.h"

#include <memory>

#include <hb-subset.h>

namespace lathe::ui {

namespace {

template <auto destroy> struct Destroyer {
    template <class T> void operator()(T* object) const { destroy(object); }
};
using Blob = std::unique_ptr<hb_blob_t, Destroyer<hb_blob_destroy>>;
using Face = std::unique_ptr<hb_face_t, Destroyer<hb_face_destroy>>;
using Input = std::unique_ptr<hb_subset_input_t, Destroyer<hb_subset_input_destroy>>;

hb_blob_t* tableOf(hb_face_t*, hb_tag_t tag, void* font)
{
    char name[5] = {};
    hb_tag_to_string(tag, name);
    const QByteArray table = static_cast<const QRawFont*>(font)->fontTable(name);
    return hb_blob_create(table.constData(), static_cast<unsigned>(table.size()), HB_MEMORY_MODE_DUPLICATE, nullptr,
                          nullptr);
}

bool hasOutlines(const QRawFont& font)
{
    return !font.fontTable("glyf").isEmpty() || !font.fontTable("CFF ").isEmpty() || !font.fontTable("CFF2").isEmpty();
}

/// OpenType's OS/2 table, `fsType`: restricted, no subsetting, bitmaps only.
bool mayBeEmbedded(const QRawFont& font)
{
    constexpr int kPlace = 8;
    constexpr int kForbidden = 0x0002 | 0x0100 | 0x0200;
    const QByteArray table = font.fontTable("OS/2");
    if (table.size() < kPlace + 2)
        return true;
    const int type = (static_cast<unsigned char>(table[kPlace]) << 8) | static_cast<unsigned char>(table[kPlace + 1]);
    return (type & kForbidden) == 0;
}

Input wanted(const std::set<char32_t>& characters)
{
    Input input(hb_subset_input_create_or_fail());
    if (!input)
        return input;
    hb_set_t* unicodes = hb_subset_input_unicode_set(input.get());
    for (const char32_t character : characters)
        hb_set_add(unicodes, character);
    hb_subset_input_set_flags(input.get(), HB_SUBSET_FLAGS_NO_HINTING);
    return input;
}

} // namespace

QByteArray fontSubset(const QRawFont& font, const std::set<char32_t>& characters)
{
    if (!font.isValid() || !hasOutlines(font) || !mayBeEmbedded(font))
        return {};
    QRawFont source = font; // HarfBuzz hands it back as a void*
    const Face whole(hb_face_create_for_tables(tableOf, &source, nullptr));
    const Input input = wanted(characters);
    const Face part(input ? hb_subset_or_fail(whole.get(), input.get()) : nullptr);
    if (!part)
        return {};
    const Blob blob(hb_face_reference_blob(part.get()));
    unsigned size = 0;
    const char* data = hb_blob_get_data(blob.get(), &size);
    return QByteArray(data, static_cast<qsizetype>(size));
}

} // namespace lathe::ui
