#include "ui/layers/layer_scene.h"

#include <QFontMetricsF>
#include <QObject>
#include <QStringList>

#include <algorithm>
#include <numeric>

#include "core/analysis/treemap.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr double kMargin = 10.0;
constexpr double kBarHeight = 16.0;
constexpr double kBarGap = 4.0;
constexpr double kGap = 8.0;
constexpr double kInset = 2.0;
constexpr QSizeF kHeaderRoom{54.0, 34.0}; ///< a module smaller than this goes without its name

constexpr LayerQuantity kQuantities[] = {LayerQuantity::Parameters, LayerQuantity::Macs, LayerQuantity::Bytes,
                                         LayerQuantity::Time};

double totalOf(const LayerTable& table, LayerQuantity quantity)
{
    return std::accumulate(table.rows.begin(), table.rows.end(), 0.0,
                           [quantity](double sum, const LayerRow& row) { return sum + valueOf(row, quantity); });
}

QString quantityTitle(LayerQuantity quantity)
{
    return QObject::tr(layerQuantityName(quantity).data());
}

class SceneMaker {
public:
    SceneMaker(const LayerPictureContent& content, const QSize& size, const PlotTheme& theme)
        : m_content(content), m_size(size), m_theme(theme), m_y(kMargin)
    {
    }

    LayerScene make()
    {
        addBars();
        addLegend();
        addMap();
        return std::move(m_scene);
    }

private:
    void addBars()
    {
        const QFontMetricsF metrics(m_theme.smallFont());
        double labelWidth = 0.0;
        for (const LayerQuantity quantity : kQuantities)
            if (const double total = totalOf(m_content.table, quantity); total > 0.0)
                m_scene.bars.push_back(
                    {{}, quantity, QObject::tr("%1 (%2)").arg(quantityTitle(quantity), quantityText(total, quantity))});
        for (const KindBar& bar : m_scene.bars)
            labelWidth = std::max(labelWidth, metrics.horizontalAdvance(bar.text));
        for (KindBar& bar : m_scene.bars) {
            bar.label = {kMargin, m_y, labelWidth + 2.0, kBarHeight};
            const double left = bar.label.right() + kGap;
            addSegments(bar.quantity, {left, m_y, m_size.width() - kMargin - left, kBarHeight});
            m_y += kBarHeight + kBarGap;
        }
    }

    void addSegments(LayerQuantity quantity, const QRectF& bar)
    {
        const std::vector<double> shares = sharesByKind(m_content.table, quantity);
        double x = bar.left();
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (shares[i] <= 0.0)
                continue;
            const double width = shares[i] * bar.width();
            m_scene.segments.push_back(
                {{x, bar.top(), width, bar.height()}, allOperationKinds()[i], quantity, shares[i]});
            x += width;
        }
    }

    void addLegend()
    {
        constexpr double kSwatch = 10.0;
        const QFontMetricsF metrics(m_theme.smallFont());
        double x = kMargin;
        for (const OperationKind kind : allOperationKinds()) {
            const bool used = std::any_of(m_scene.segments.begin(), m_scene.segments.end(),
                                          [kind](const KindSegment& segment) { return segment.kind == kind; });
            if (!used)
                continue;
            const double width = metrics.horizontalAdvance(QObject::tr(kindName(kind).data())) + 2.0;
            if (x > kMargin && x + kSwatch + kBarGap + width > m_size.width() - kMargin) {
                x = kMargin;
                m_y += metrics.height();
            }
            const double middle = m_y + metrics.height() / 2.0;
            m_scene.legend.push_back({{x, middle - kSwatch / 2.0, kSwatch, kSwatch},
                                      {x + kSwatch + kBarGap, m_y, width, metrics.height()},
                                      kind});
            x += kSwatch + kBarGap + width + 2 * kGap;
        }
        m_y += m_scene.legend.empty() ? 0.0 : metrics.height() + kGap;
    }

    void addMap()
    {
        const double total = totalOf(m_content.table, m_content.quantity);
        const double textHeight = QFontMetricsF(m_theme.font).height();
        m_scene.heading = {kMargin, m_y, m_size.width() - 2 * kMargin, textHeight + 2.0};
        m_scene.headingText =
            total > 0.0
                ? QObject::tr("%1 by layer: the larger a tile, the more of it").arg(quantityTitle(m_content.quantity))
                : QObject::tr("No layer of this network was timed: measure it with “Time each layer” on.");
        m_y = m_scene.heading.bottom() + kBarGap;
        m_scene.map = {kMargin, m_y, m_size.width() - 2 * kMargin, m_size.height() - kMargin - m_y};
        if (total > 0.0 && !m_content.branches.empty() && m_scene.map.height() > 2 * kInset)
            addChildren(0, m_scene.map);
    }

    void addChildren(int parent, const QRectF& room)
    {
        const LayerBranch& branch = m_content.branches[static_cast<std::size_t>(parent)];
        std::vector<double> values;
        for (const int child : branch.children)
            values.push_back(valueOf(m_content.branches[static_cast<std::size_t>(child)].total, m_content.quantity));
        // What a layer with layers below it takes itself.
        const double all = valueOf(branch.total, m_content.quantity);
        values.push_back(
            branch.row && !branch.children.empty() ? all - std::accumulate(values.begin(), values.end(), 0.0) : 0.0);
        const auto boxes = squarify(values, {room.x(), room.y(), room.width(), room.height()});
        for (std::size_t i = 0; i < branch.children.size(); ++i)
            addTile(branch.children[i], {boxes[i].x, boxes[i].y, boxes[i].width, boxes[i].height});
    }

    void addTile(int branch, const QRectF& area)
    {
        if (area.width() <= 0.0 || area.height() <= 0.0)
            return;
        const LayerBranch& at = m_content.branches[static_cast<std::size_t>(branch)];
        TreemapTile tile{area, {}, branch};
        const bool isModule = !at.children.empty();
        const bool named = isModule && area.width() > kHeaderRoom.width() && area.height() > kHeaderRoom.height();
        if (named)
            tile.header = {area.x() + kInset, area.y() + 1.0, area.width() - 2 * kInset,
                           QFontMetricsF(m_theme.smallFont()).height()};
        m_scene.tiles.push_back(tile);
        if (!isModule)
            return;
        const double inset = named ? kInset : 0.0;
        const QRectF inside = area.adjusted(inset, named ? tile.header.height() + 2.0 : 0.0, -inset, -inset);
        addChildren(branch, inside);
    }

    const LayerPictureContent& m_content;
    QSize m_size;
    const PlotTheme& m_theme;
    double m_y;
    LayerScene m_scene;
};

QString cardRow(const QString& name, const QString& value)
{
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td align=\"right\">%2</td></tr>").arg(name, value);
}

} // namespace

LayerScene makeLayerScene(const LayerPictureContent& content, const QSize& size, const PlotTheme& theme)
{
    return SceneMaker(content, size, theme).make();
}

int LayerScene::branchAt(const QPointF& point) const
{
    const auto found =
        std::find_if(tiles.rbegin(), tiles.rend(), [&](const TreemapTile& tile) { return tile.area.contains(point); });
    return found == tiles.rend() ? -1 : found->branch;
}

const KindSegment* LayerScene::segmentAt(const QPointF& point) const
{
    const auto found = std::find_if(segments.begin(), segments.end(),
                                    [&](const KindSegment& segment) { return segment.area.contains(point); });
    return found == segments.end() ? nullptr : &*found;
}

QColor kindColour(OperationKind kind, const PlotTheme& theme)
{
    constexpr double kFill = 0.55;
    return theme.pale(theme.categoryStyle(static_cast<int>(kind)).colour, kFill);
}

QString quantityText(double value, LayerQuantity quantity)
{
    switch (quantity) {
    case LayerQuantity::Parameters:
        return value < 1e6 ? QObject::tr("%1 k").arg(rounded(value / 1e3))
                           : QObject::tr("%1 M").arg(rounded(value / 1e6));
    case LayerQuantity::Macs:
        return value < 1e9 ? QObject::tr("%1 MMACs").arg(rounded(value / 1e6))
                           : QObject::tr("%1 GMACs").arg(rounded(value / 1e9));
    case LayerQuantity::Bytes:
        return QObject::tr("%1 MB").arg(rounded(value / 1e6));
    case LayerQuantity::Time:
        return QObject::tr("%1 ms").arg(rounded(value));
    }
    return {};
}

QString tileName(const std::string& path)
{
    const QStringList parts = toQString(path).split(QLatin1Char('.'));
    qsizetype first = parts.size() - 1;
    const auto isNumber = [&](qsizetype part) {
        bool number = false;
        parts[part].toInt(&number);
        return number;
    };
    while (first > 0 && isNumber(first))
        --first;
    return parts.mid(first).join(QLatin1Char('.'));
}

QString layerCard(const LayerBranch& branch, const LayerTable& table)
{
    const LayerRow& row = branch.total;
    QString text = QStringLiteral("<b>%1</b>").arg(escaped(branch.path.empty() ? branch.name : branch.path));
    if (!row.operation.empty())
        text += QStringLiteral("<br>%1").arg(escaped(row.operation));
    if (!row.output.empty())
        text += QStringLiteral(", %1 → %2")
                    .arg(escaped(row.input.empty() ? "-" : toString(row.input)), escaped(toString(row.output)));
    text += QStringLiteral("<table>");
    for (const LayerQuantity quantity : kQuantities) {
        const double value = valueOf(row, quantity);
        const double total = totalOf(table, quantity);
        if (value > 0.0)
            text += cardRow(
                quantityTitle(quantity),
                QObject::tr("%1 (%2 %)").arg(quantityText(value, quantity)).arg(100.0 * value / total, 0, 'f', 1));
    }
    if (const auto rate = row.gflopsPerSecond())
        text += cardRow(QObject::tr("Achieved"), QObject::tr("%1 GFLOP/s").arg(rounded(*rate)));
    return text + QStringLiteral("</table>");
}

QString segmentCard(const KindSegment& segment)
{
    return QObject::tr("<b>%1</b><br>%2 %: %3")
        .arg(QObject::tr(kindName(segment.kind).data()))
        .arg(100.0 * segment.share, 0, 'f', 1)
        .arg(quantityTitle(segment.quantity));
}

} // namespace lathe::ui
