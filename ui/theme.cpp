#include "ui/theme.h"

#include <QApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QSettings>
#include <QStyleOption>

#include <algorithm>
#include <optional>
#include <utility>

namespace lathe::ui {

namespace {

constexpr auto kThemeKey = "theme";
constexpr auto kStyleName = "lathe-fusion";

struct Colours {
    QRgb window, base, alternate, button, text, muted, disabled, highlight, highlightedText, link, tip;
};

QPalette paletteOf(const Colours& c)
{
    QPalette palette(QColor(c.button), QColor(c.window)); // fills in the shades of frames
    palette.setColor(QPalette::Window, c.window);
    palette.setColor(QPalette::Base, c.base);
    palette.setColor(QPalette::AlternateBase, c.alternate);
    palette.setColor(QPalette::Button, c.button);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
        palette.setColor(role, c.text);
        palette.setColor(QPalette::Disabled, role, c.disabled);
    }
    palette.setColor(QPalette::BrightText, Qt::white);
    palette.setColor(QPalette::PlaceholderText, c.muted);
    palette.setColor(QPalette::Highlight, c.highlight);
    palette.setColor(QPalette::HighlightedText, c.highlightedText);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, c.disabled);
    palette.setColor(QPalette::Link, c.link);
    palette.setColor(QPalette::LinkVisited, c.link);
    palette.setColor(QPalette::ToolTipBase, c.tip);
    return palette;
}

/// Fusion, with check boxes and switched-on buttons that can be told on a dark background: its own outlines and
/// shades are darker than the window.
class WindowStyle : public QProxyStyle {
public:
    WindowStyle() : QProxyStyle(QStringLiteral("Fusion")) { setObjectName(QLatin1String(kStyleName)); }

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                       const QWidget* widget) const override
    {
        if (element == PE_IndicatorCheckBox || element == PE_IndicatorItemViewItemCheck)
            return drawCheckBox(*option, *painter);
        QProxyStyle::drawPrimitive(element, option, painter, widget);
        const bool button = element == PE_PanelButtonCommand || element == PE_PanelButtonTool;
        if (button && option->state & State_On)
            drawSwitchedOn(*option, *painter);
    }

private:
    static void drawSwitchedOn(const QStyleOption& option, QPainter& painter)
    {
        QColor tint = option.palette.color(QPalette::Highlight);
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(tint);
        tint.setAlpha(70);
        painter.setBrush(tint);
        painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), 2.0, 2.0);
        painter.restore();
    }

    static void drawCheckBox(const QStyleOption& option, QPainter& painter)
    {
        const auto group = option.state & State_Enabled ? QPalette::Active : QPalette::Disabled;
        const QColor text = option.palette.color(group, QPalette::Text);
        const bool on = option.state & State_On;
        const double side = std::min(option.rect.width(), option.rect.height()) - 1.0;
        QRectF box(0.0, 0.0, side, side);
        box.moveCenter(QRectF(option.rect).center());
        painter.save();
        painter.setRenderHint(QPainter::Antialiasing);
        QColor frame = text;
        frame.setAlpha(option.state & State_MouseOver ? 220 : 150);
        painter.setPen(frame);
        painter.setBrush(on ? option.palette.color(group, QPalette::Highlight) : option.palette.color(QPalette::Base));
        painter.drawRoundedRect(box, 2.0, 2.0);
        if (on) {
            const auto at = [&](double x, double y) { return box.topLeft() + QPointF(x * side, y * side); };
            painter.setPen(QPen(option.palette.color(group, QPalette::HighlightedText), side * 0.14, Qt::SolidLine,
                                Qt::RoundCap, Qt::RoundJoin));
            painter.drawPolyline(QPolygonF({at(0.24, 0.53), at(0.43, 0.72), at(0.77, 0.31)}));
        }
        painter.restore();
    }
};

struct Applied {
    std::optional<Theme> theme; ///< none yet
    bool systemIsDark = false;
};

Applied& applied()
{
    static Applied state{std::nullopt, isDark(QGuiApplication::palette())}; // before our first change
    return state;
}

} // namespace

QString themeName(Theme theme)
{
    switch (theme) {
    case Theme::Light:
        return QStringLiteral("light");
    case Theme::Dark:
        return QStringLiteral("dark");
    case Theme::System:
        break;
    }
    return QStringLiteral("system");
}

Theme themeFromName(const QString& name)
{
    for (const Theme theme : {Theme::Light, Theme::Dark})
        if (themeName(theme) == name)
            return theme;
    return Theme::System;
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
}

QColor warningColour(const QPalette& palette)
{
    return isDark(palette) ? QColor(0xff, 0x9d, 0x8a) : QColor(0xb3, 0x26, 0x1e);
}

QPalette lightPalette()
{
    return paletteOf({0xfff3f3f5, 0xffffffff, 0xfff7f7f9, 0xffececef, 0xff1d1d21, 0xff64646e, 0xffa0a0a8, 0xff2a63b8,
                      0xffffffff, 0xff1d56ab, 0xffffffff});
}

QPalette darkPalette()
{
    return paletteOf({0xff26272b, 0xff1b1c1f, 0xff212226, 0xff34353a, 0xffe8e8ec, 0xffa2a3ac, 0xff6f7078, 0xff3f78c9,
                      0xffffffff, 0xff7fb1f5, 0xff34353a});
}

void applyTheme(Theme theme)
{
    applied().theme = theme;
    if (QApplication::style()->objectName() != QLatin1String(kStyleName))
        QApplication::setStyle(new WindowStyle);
    const bool dark = theme == Theme::Dark || (theme == Theme::System && applied().systemIsDark);
    QApplication::setPalette(dark ? darkPalette() : lightPalette());
}

void setSystemDark(bool dark)
{
    if (std::exchange(applied().systemIsDark, dark) != dark && applied().theme == Theme::System)
        applyTheme(Theme::System);
}

Theme savedTheme()
{
    return themeFromName(QSettings().value(kThemeKey).toString());
}

void saveTheme(Theme theme)
{
    QSettings().setValue(kThemeKey, themeName(theme));
}

} // namespace lathe::ui
