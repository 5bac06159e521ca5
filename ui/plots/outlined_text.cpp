#include "ui/plots/outlined_text.h"

#include <QPaintEngine>
#include <QPainter>
#include <QPainterPath>

namespace lathe::ui {

/// QPaintEngine::drawTextItem, left as it is, turns letters into paths.
class OutlinedTextDevice::Engine : public QPaintEngine {
public:
    explicit Engine(QPainter& target) : QPaintEngine(QPaintEngine::AllFeatures), m_target(target) {}

    bool begin(QPaintDevice*) override
    {
        m_base = m_target.worldTransform();
        return true;
    }
    bool end() override { return true; }
    Type type() const override { return QPaintEngine::User; }

    void updateState(const QPaintEngineState& painting) override
    {
        const DirtyFlags dirty = painting.state();
        if (dirty & DirtyTransform)
            m_target.setWorldTransform(painting.transform() * m_base);
        if (dirty & DirtyPen)
            m_target.setPen(painting.pen());
        if (dirty & DirtyBrush)
            m_target.setBrush(painting.brush());
        if (dirty & DirtyBrushOrigin)
            m_target.setBrushOrigin(painting.brushOrigin());
        if (dirty & DirtyOpacity)
            m_target.setOpacity(painting.opacity());
        if (dirty & DirtyHints)
            m_target.setRenderHints(painting.renderHints());
        if (dirty & DirtyClipEnabled)
            m_target.setClipping(painting.isClipEnabled());
        if (dirty & DirtyClipRegion)
            m_target.setClipRegion(painting.clipRegion(), painting.clipOperation());
        if (dirty & DirtyClipPath)
            m_target.setClipPath(painting.clipPath(), painting.clipOperation());
    }

    void drawPath(const QPainterPath& path) override { m_target.drawPath(path); }
    void drawLines(const QLineF* lines, int count) override { m_target.drawLines(lines, count); }
    void drawRects(const QRectF* rects, int count) override { m_target.drawRects(rects, count); }
    void drawEllipse(const QRectF& rect) override { m_target.drawEllipse(rect); }
    void drawPixmap(const QRectF& to, const QPixmap& pixmap, const QRectF& from) override
    {
        m_target.drawPixmap(to, pixmap, from);
    }
    void drawPolygon(const QPointF* points, int count, PolygonDrawMode mode) override
    {
        if (mode == PolylineMode)
            m_target.drawPolyline(points, count);
        else
            m_target.drawPolygon(points, count, mode == WindingMode ? Qt::WindingFill : Qt::OddEvenFill);
    }

private:
    QPainter& m_target;
    QTransform m_base;
};

OutlinedTextDevice::OutlinedTextDevice(QPainter& target) : m_engine(std::make_unique<Engine>(target)), m_target(target)
{
}

OutlinedTextDevice::~OutlinedTextDevice() = default;

QPaintEngine* OutlinedTextDevice::paintEngine() const
{
    return m_engine.get();
}

int OutlinedTextDevice::metric(PaintDeviceMetric metric) const
{
    constexpr int kDpi = 96;
    const QPaintDevice& device = *m_target.device();
    switch (metric) {
    case PdmWidth:
        return device.width();
    case PdmHeight:
        return device.height();
    case PdmWidthMM:
        return device.widthMM();
    case PdmHeightMM:
        return device.heightMM();
    case PdmNumColors:
        return device.colorCount();
    case PdmDepth:
        return device.depth();
    case PdmDpiX:
    case PdmDpiY:
    case PdmPhysicalDpiX:
    case PdmPhysicalDpiY:
        return kDpi;
    case PdmDevicePixelRatio:
        return 1;
    case PdmDevicePixelRatioScaled:
        return static_cast<int>(devicePixelRatioFScale());
    }
    return 0;
}

} // namespace lathe::ui
