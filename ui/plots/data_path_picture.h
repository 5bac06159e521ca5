#pragma once

#include <QWidget>

#include <vector>

#include "core/quantization/data_path.h"

namespace lathe::ui {

struct PlotTheme;

/// Steps of a quantized network as boxes, in the order they run: what goes in and out, the formula with its numbers,
/// what was fixed beforehand and what is found as it runs, time and bytes. It grows downwards.
class DataPathPicture : public QWidget {
    Q_OBJECT

public:
    explicit DataPathPicture(QWidget* parent = nullptr);

    void setSteps(std::vector<PathStep> steps);
    bool isEmpty() const { return m_steps.empty(); }

    /// Onto a page of that size.
    void paint(QPainter& painter, const QSize& size, const PlotTheme& theme) const;

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<PathStep> m_steps;
};

} // namespace lathe::ui
