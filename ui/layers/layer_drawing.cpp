#include <QFontMetricsF>
#include <QObject>
#include <QPainter>

#include "ui/format.h"
#include "ui/layers/layer_scene.h"

namespace lathe::ui {

namespace {

constexpr double kDimmed = 0.2; ///< of a tile's colour where a search leaves it out
constexpr double kTextPadding = 3.0;

QColor mixed(const QColor& under, const QColor& over, double share)
{
    const auto channel = [share](int a, int b) { return static_cast<int>(a + (b - a) * share + 0.5); };
    return {channel(under.red(), over.red()), channel(under.green(), over.green()), channel(under.blue(), over.blue())};
}

class Drawing {
public:
    Drawing(QPainter& painter, const LayerScene& scene, const LayerPictureContent& content, const PlotTheme& theme)
        : p(painter), m_scene(scene), m_content(content), m_theme(theme)
    {
    }

    void draw()
    {
        drawBars();
        drawLegend();
        p.setFont(m_theme.font);
        p.setPen(m_theme.text);
        p.drawText(
            m_scene.heading, Qt::AlignLeft | Qt::AlignVCenter,
            QFontMetricsF(m_theme.font).elidedText(m_scene.headingText, Qt::ElideRight, m_scene.heading.width()));
        for (const TreemapTile& tile : m_scene.tiles)
            drawTile(tile);
        drawSelection();
    }

private:
    void drawBars()
    {
        p.setFont(m_theme.smallFont());
        p.setPen(m_theme.text);
        for (const KindBar& bar : m_scene.bars)
            p.drawText(bar.label, Qt::AlignLeft | Qt::AlignVCenter, bar.text);
        for (const KindSegment& segment : m_scene.segments) {
            p.fillRect(segment.area, kindColour(segment.kind, m_theme));
            drawFitting(segment.area, Qt::AlignCenter, QObject::tr("%1 %").arg(100.0 * segment.share, 0, 'f', 0));
        }
    }

    void drawLegend()
    {
        p.setFont(m_theme.smallFont());
        p.setPen(m_theme.text);
        for (const KindLabel& label : m_scene.legend) {
            p.fillRect(label.swatch, kindColour(label.kind, m_theme));
            p.drawText(label.text, Qt::AlignLeft | Qt::AlignVCenter, QObject::tr(kindName(label.kind).data()));
        }
    }

    /// Nothing where it does not fit: half a word tells nobody anything.
    bool drawFitting(const QRectF& area, Qt::Alignment alignment, const QString& text)
    {
        const QFontMetricsF metrics(p.font());
        if (metrics.horizontalAdvance(text) + 2 * kTextPadding > area.width() || metrics.height() > area.height() + 1.0)
            return false;
        p.setPen(m_theme.text);
        p.drawText(area.adjusted(kTextPadding, 0, -kTextPadding, 0), alignment, text);
        return true;
    }

    void drawTile(const TreemapTile& tile)
    {
        const LayerBranch& branch = m_content.branches[static_cast<std::size_t>(tile.branch)];
        p.setFont(m_theme.smallFont());
        if (branch.children.empty())
            return drawLayer(tile, branch);
        p.fillRect(tile.area, m_theme.subGrid);
        p.setPen(QPen(m_theme.background, 1.5));
        p.setBrush(Qt::NoBrush);
        p.drawRect(tile.area);
        if (!tile.header.isNull()) {
            p.setPen(m_theme.mutedText);
            p.drawText(tile.header.adjusted(kTextPadding, 0, -kTextPadding, 0), Qt::AlignLeft | Qt::AlignVCenter,
                       QFontMetricsF(p.font()).elidedText(toQString(branch.name), Qt::ElideRight,
                                                          tile.header.width() - 2 * kTextPadding));
        }
    }

    void drawLayer(const TreemapTile& tile, const LayerBranch& branch)
    {
        const QColor colour = kindColour(branch.total.kind, m_theme);
        p.fillRect(tile.area, m_content.dimmed.contains(tile.branch) ? m_theme.pale(colour, kDimmed) : colour);
        const bool hasFrame = tile.area.width() > 3.0 && tile.area.height() > 3.0;
        if (hasFrame) {
            p.setPen(QPen(mixed(m_theme.background, m_theme.text, 0.08), 1.0));
            p.setBrush(Qt::NoBrush);
            p.drawRect(tile.area);
        }
        const QString value = quantityText(valueOf(branch.total, m_content.quantity), m_content.quantity);
        const QString name = tileName(branch.path);
        const double line = QFontMetricsF(p.font()).height();
        const bool two = tile.area.height() >= 2 * line + 2.0;
        const QRectF upper(tile.area.left(), tile.area.center().y() - line, tile.area.width(), line);
        if (two && drawFitting(upper, Qt::AlignCenter, name))
            drawFitting(upper.translated(0, line), Qt::AlignCenter, value);
        else
            drawFitting(tile.area, Qt::AlignCenter, name);
    }

    void drawSelection()
    {
        for (const TreemapTile& tile : m_scene.tiles)
            if (tile.branch == m_content.selected) {
                p.setBrush(Qt::NoBrush);
                p.setPen(QPen(m_theme.selection, 2.0));
                p.drawRect(tile.area.adjusted(1, 1, -1, -1));
            }
    }

    QPainter& p;
    const LayerScene& m_scene;
    const LayerPictureContent& m_content;
    const PlotTheme& m_theme;
};

} // namespace

void drawLayerScene(QPainter& painter, const LayerScene& scene, const LayerPictureContent& content,
                    const PlotTheme& theme)
{
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing, false);
    Drawing(painter, scene, content, theme).draw();
    painter.restore();
}

} // namespace lathe::ui
