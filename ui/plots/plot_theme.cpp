#include "ui/plots/plot_theme.h"

#include <QApplication>
#include <QFontInfo>

#include <algorithm>
#include <array>

namespace lathe::ui {

namespace {

struct TypeStyle {
    std::string_view type;
    const char* onLight;
    const char* onDark;
    Marker marker;
};

// After Okabe and Ito, and Tol's "vibrant": apart in lightness as well as in hue.
constexpr std::array kTypes{
    TypeStyle{"cnn", "#0072B2", "#4FA8E8", Marker::Circle},
    TypeStyle{"vit", "#CC3311", "#FF7D66", Marker::Triangle},
    TypeStyle{"mlp", "#009E73", "#3CCB9B", Marker::Square},
    TypeStyle{"hybrid", "#D98E04", "#F2BC4B", Marker::Diamond},
    TypeStyle{"transformer", "#7E4FA8", "#BE9AE8", Marker::Pentagon},
};

struct CategoryColour {
    const char* onLight;
    const char* onDark;
};

constexpr std::array kCategories{
    CategoryColour{"#0072B2", "#4FA8E8"}, CategoryColour{"#D55E00", "#FF8A4C"}, CategoryColour{"#009E73", "#3CCB9B"},
    CategoryColour{"#B5548B", "#EE8FC4"}, CategoryColour{"#C28A00", "#F2BC4B"}, CategoryColour{"#33A1C9", "#8AD8F5"},
    CategoryColour{"#7E4FA8", "#BE9AE8"}, CategoryColour{"#6B6B3A", "#C9C98A"},
};

constexpr std::array kMarkers{Marker::Circle,   Marker::Triangle,         Marker::Square, Marker::Diamond,
                              Marker::Pentagon, Marker::InvertedTriangle, Marker::Star};

QColor mix(const QColor& a, const QColor& b, double share)
{
    const auto channel = [share](int from, int to) { return static_cast<int>(from + (to - from) * share + 0.5); };
    return {channel(a.red(), b.red()), channel(a.green(), b.green()), channel(a.blue(), b.blue())};
}

QFont inPixels(QFont font)
{
    const int pixels = QFontInfo(font).pixelSize();
    font.setPixelSize(std::clamp(pixels, 9, 24));
    font.setHintingPreference(QFont::PreferNoHinting); // the same widths on screen and in every export
    return font;
}

QFont scaled(QFont font, double factor)
{
    font.setPixelSize(std::max(8, static_cast<int>(font.pixelSize() * factor + 0.5)));
    return font;
}

void deriveFrom(PlotTheme& theme)
{
    theme.mutedText = mix(theme.background, theme.text, 0.62);
    theme.axis = mix(theme.background, theme.text, 0.55);
    theme.grid = mix(theme.background, theme.text, theme.isDark ? 0.17 : 0.13);
    theme.subGrid = mix(theme.background, theme.text, theme.isDark ? 0.08 : 0.055);
    theme.front = mix(theme.background, theme.text, 0.72);
}

PlotTheme make(bool dark, const QColor& background, const QColor& text, const QFont& font)
{
    PlotTheme theme;
    theme.isDark = dark;
    theme.background = background;
    theme.text = text;
    theme.selection = QColor(dark ? "#FFD54A" : "#111111");
    theme.warning = QColor(dark ? "#FFB000" : "#C77700");
    theme.font = inPixels(font);
    deriveFrom(theme);
    return theme;
}

} // namespace

PlotTheme PlotTheme::light(const QFont& font)
{
    return make(false, QColor("#FFFFFF"), QColor("#1C1F23"), font);
}

PlotTheme PlotTheme::dark(const QFont& font)
{
    return make(true, QColor("#1B1E22"), QColor("#E8EAED"), font);
}

PlotTheme PlotTheme::fromPalette(const QPalette& palette, const QFont& font)
{
    const bool dark = palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
    return make(dark, palette.color(QPalette::Base), palette.color(QPalette::Text), font);
}

PlotTheme PlotTheme::forExport(bool dark)
{
    QFont font = QApplication::font();
    font.setFamily(QFontInfo(font).family()); // other programs do not know what "Sans Serif" stands for here
    return dark ? PlotTheme::dark(font) : PlotTheme::light(font);
}

SeriesStyle PlotTheme::typeStyle(std::string_view type) const
{
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeStyle& t) { return t.type == type; });
    if (found == kTypes.end())
        return {mutedText, Marker::InvertedTriangle};
    return {QColor(isDark ? found->onDark : found->onLight), found->marker};
}

SeriesStyle PlotTheme::categoryStyle(int index) const
{
    const auto i = static_cast<std::size_t>(std::max(0, index));
    const CategoryColour& colour = kCategories[i % kCategories.size()];
    // Seven shapes and eight colours: 56 pairs before one comes again.
    return {QColor(isDark ? colour.onDark : colour.onLight), kMarkers[i % kMarkers.size()]};
}

QColor PlotTheme::pale(const QColor& colour, double strength) const
{
    return mix(background, colour, strength);
}

QFont PlotTheme::smallFont() const
{
    return scaled(font, 0.82);
}

QFont PlotTheme::axisTitleFont() const
{
    return scaled(font, 1.06);
}

QFont PlotTheme::plotTitleFont() const
{
    QFont title = scaled(font, 1.25);
    title.setWeight(QFont::DemiBold);
    return title;
}

} // namespace lathe::ui
