#include "ui/layers/layer_picture.h"

#include <QContextMenuEvent>
#include <QMouseEvent>
#include <QPainter>

#include "ui/plots/hover_card.h"

namespace lathe::ui {

LayerPicture::LayerPicture(QWidget* parent)
    : QWidget(parent), m_theme(PlotTheme::fromPalette(palette(), font())), m_card(new HoverCard(this))
{
    setMouseTracking(true);
    setAccessibleName(tr("Where parameters, MACs, bytes and time go"));
    setAccessibleDescription(tr("The table of layers has the same figures."));
}

void LayerPicture::setContent(LayerPictureContent content)
{
    m_content = std::move(content);
    arrange();
}

void LayerPicture::arrange()
{
    m_scene = makeLayerScene(m_content, size(), m_theme);
    update();
}

void LayerPicture::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme.background);
    drawLayerScene(painter, m_scene, m_content, m_theme);
}

void LayerPicture::resizeEvent(QResizeEvent*)
{
    arrange();
}

void LayerPicture::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange)
        return;
    m_theme = PlotTheme::fromPalette(palette(), font());
    arrange();
}

void LayerPicture::mouseMoveEvent(QMouseEvent* event)
{
    const int branch = m_scene.branchAt(event->position());
    const KindSegment* segment = m_scene.segmentAt(event->position());
    if (branch >= 0)
        m_card->showAt(event->position(),
                       layerCard(m_content.branches[static_cast<std::size_t>(branch)], m_content.table));
    else if (segment)
        m_card->showAt(event->position(), segmentCard(*segment));
    else
        m_card->hide();
}

void LayerPicture::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        Q_EMIT clicked(m_scene.branchAt(event->position()));
}

void LayerPicture::leaveEvent(QEvent*)
{
    m_card->hide();
}

void LayerPicture::contextMenuEvent(QContextMenuEvent* event)
{
    Q_EMIT menuRequested(event->globalPos());
}

} // namespace lathe::ui
