#pragma once

#include <QPaintDevice>

#include <memory>

class QPainter;

namespace lathe::ui {

/// Passes everything painted on it to another painter, but letters as filled paths: for files that must look the
/// same where the font is missing.
class OutlinedTextDevice : public QPaintDevice {
public:
    /// `target` must be active as long as this is painted on; transformations begin from its own.
    explicit OutlinedTextDevice(QPainter& target);
    ~OutlinedTextDevice() override;

    QPaintEngine* paintEngine() const override;

protected:
    int metric(PaintDeviceMetric metric) const override;

private:
    class Engine;
    std::unique_ptr<Engine> m_engine;
    QPainter& m_target;
};

} // namespace lathe::ui
