#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// A column for each layer, in the order they run, numbered from 1: one is pointed at, and one may be the current.
class LayerColumns : public PlotCanvas {
    Q_OBJECT

public:
    /// What stands in a column; both are called for columns there are.
    using DrawColumn = std::function<void(QCPPainter&, std::size_t column, bool hovered)>;
    using CardOf = std::function<QString(std::size_t column)>; ///< rich text

    explicit LayerColumns(QWidget* parent = nullptr);
    ~LayerColumns() override;

    void setCurrent(const std::optional<std::size_t>& column);
    const std::optional<std::size_t>& current() const;

    /// Where a column lies, in pixels.
    QRectF columnRect(std::size_t column) const;

Q_SIGNALS:
    void barClicked(std::size_t column);

protected:
    void setLook(DrawColumn draw, CardOf card);
    /// `forExport` draws no ring around the current, and none as pointed at.
    void setColumns(std::size_t count, const Range& heights, bool forExport);
    /// From 0 to a height, narrower than the column; cut off at the axes.
    QRectF barRect(std::size_t column, double height) const;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
