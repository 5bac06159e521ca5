#pragma once

#include <QWidget>

#include "ui/layers/layer_scene.h"

namespace lathe::ui {

class HoverCard;

/// The bars and the treemap on the screen: hover tells figures, a click selects a module or layer.
class LayerPicture : public QWidget {
    Q_OBJECT

public:
    explicit LayerPicture(QWidget* parent = nullptr);

    void setContent(LayerPictureContent content);
    const LayerPictureContent& content() const { return m_content; }
    const LayerScene& scene() const { return m_scene; }

    QSize minimumSizeHint() const override { return {240, 180}; }

Q_SIGNALS:
    void clicked(int branch);
    void menuRequested(const QPoint& globalPosition);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void arrange();

    LayerPictureContent m_content;
    PlotTheme m_theme;
    LayerScene m_scene;
    HoverCard* m_card;
};

} // namespace lathe::ui
