#include "ui/plots/embedded_fonts.h"

#include <QFont>
#include <QGlyphRun>
#include <QTextLayout>
#include <QXmlStreamReader>

#include <algorithm>
#include <compare>
#include <map>
#include <utility>
#include <vector>

#include "ui/plots/font_subset.h"

namespace lathe::ui {

namespace {

using Characters = std::set<char32_t>;

/// A font as the SVG's text names it.
struct FontName {
    QString family;
    int weight = QFont::Normal;
    bool italic = false;

    std::strong_ordering operator<=>(const FontName&) const = default; // QString has < and == alone
};

int weightFrom(const QString& text)
{
    bool isNumber = false;
    const int weight = text.toInt(&isNumber);
    if (isNumber)
        return weight;
    return text == QLatin1String("bold") ? QFont::Bold : QFont::Normal;
}

FontName nameFrom(const QXmlStreamAttributes& text)
{
    return {text.value(QLatin1String("font-family")).toString(),
            weightFrom(text.value(QLatin1String("font-weight")).toString()),
            text.value(QLatin1String("font-style")) == QLatin1String("italic")};
}

std::map<FontName, Characters> usedFonts(const QByteArray& svg)
{
    std::map<FontName, Characters> used;
    QXmlStreamReader reader(svg);
    while (!reader.atEnd()) {
        if (reader.readNext() != QXmlStreamReader::StartElement || reader.name() != QLatin1String("text"))
            continue;
        const FontName name = nameFrom(reader.attributes());
        for (const char32_t character : reader.readElementText(QXmlStreamReader::IncludeChildElements).toUcs4())
            used[name].insert(character);
    }
    return used;
}

/// What Qt draws a character in that the font itself lacks.
QRawFont fallbackFor(char32_t character, const QFont& font)
{
    QTextLayout layout(QString::fromUcs4(&character, 1), font);
    layout.beginLayout();
    layout.createLine();
    layout.endLayout();
    const QList<QGlyphRun> runs = layout.glyphRuns();
    return runs.isEmpty() ? QRawFont() : runs.front().rawFont();
}

using Part = std::pair<QRawFont, Characters>;

/// The font files behind a name, the font itself first, each with its share of the characters.
std::vector<Part> partsOf(const FontName& name, const Characters& characters)
{
    QFont font(name.family);
    font.setWeight(static_cast<QFont::Weight>(name.weight));
    font.setItalic(name.italic);
    std::vector<Part> parts{{QRawFont::fromFont(font), {}}};
    for (const char32_t character : characters) {
        QRawFont file = parts.front().first;
        if (!file.supportsCharacter(character))
            file = fallbackFor(character, font);
        if (!file.supportsCharacter(character))
            continue;
        const auto known =
            std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.first == file; });
        if (known != parts.end())
            known->second.insert(character);
        else
            parts.push_back({file, {character}});
    }
    return parts;
}

QByteArray unicodeRange(const Characters& characters)
{
    QByteArrayList codes;
    for (const char32_t character : characters)
        codes << "U+" + QByteArray::number(static_cast<uint>(character), 16).toUpper();
    return codes.join(',');
}

QByteArray quoted(QString family)
{
    family.replace(QLatin1Char('\\'), QLatin1String("\\\\")).replace(QLatin1Char('"'), QLatin1String("\\\""));
    return '"' + family.toUtf8() + '"';
}

/// Several rules of one name make one font of several files, told apart by their ranges.
QByteArray fontFace(const FontName& name, const Part& part)
{
    const QByteArray font = fontSubset(part.first, part.second);
    if (font.isEmpty())
        return {};
    const bool compact = font.startsWith("OTTO"); // CFF outlines
    return "@font-face { font-family: " + quoted(name.family) +
           "; font-style: " + QByteArray(name.italic ? "italic" : "normal") +
           "; font-weight: " + QByteArray::number(name.weight) + "; unicode-range: " + unicodeRange(part.second) +
           "; src: url(data:font/" + QByteArray(compact ? "otf" : "ttf") + ";base64," + font.toBase64() +
           ") format(\"" + QByteArray(compact ? "opentype" : "truetype") + "\"); }\n";
}

QByteArray fontFaces(const QByteArray& svg)
{
    QByteArray rules;
    for (const auto& [name, characters] : usedFonts(svg))
        for (const Part& part : partsOf(name, characters))
            if (!part.second.empty())
                rules += fontFace(name, part);
    return rules;
}

} // namespace

QByteArray withEmbeddedFonts(const QByteArray& svg)
{
    const QByteArray definitions = "<defs>";
    const qsizetype place = svg.indexOf(definitions);
    const QByteArray rules = place < 0 ? QByteArray() : fontFaces(svg);
    if (rules.isEmpty())
        return svg;
    QByteArray whole = svg;
    return whole.insert(place + definitions.size(), "\n<style type=\"text/css\"><![CDATA[\n" + rules + "]]></style>");
}

} // namespace lathe::ui
