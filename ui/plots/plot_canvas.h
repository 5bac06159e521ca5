#pragma once

#include <QWidget>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ui/plots/plot_legend.h"
#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_widget.h"

class QCPPainter;

namespace lathe::ui {

class PlotNavigation;

struct PlotAxis {
    bool log = false;
    std::vector<double> ticks; ///< label these values only; empty: as the range asks for
    bool bare = false;         ///< no ticks, labels or grid
};

/// One pair of axes that follows the palette, with titles, legend and navigation; what is drawn on it are functions.
class PlotCanvas : public QWidget {
    Q_OBJECT

public:
    /// From back to front. Far and Hover have buffers of their own; Hover is redrawn alone.
    enum class Layer { Far, Main, Labels, Hover };
    using Draw = std::function<void(QCPPainter&)>;

    explicit PlotCanvas(QWidget* parent = nullptr);
    ~PlotCanvas() override;

    const PlotTheme& theme() const;
    void setTheme(const PlotTheme& theme); ///< and no longer the palette's

    const PlotTitles& titles() const;
    void setTitles(const PlotTitles& titles);
    void setAxes(const PlotAxis& x, const PlotAxis& y);

    /// What *fit* shows; shown at once unless the user has zoomed.
    void setHome(const Range& x, const Range& y);
    void fit();
    bool isFitted() const;
    void show(const Range& x, const Range& y); ///< as if the user had zoomed there
    using QWidget::show;
    PlotMapping mapping() const;

    void addDrawing(Layer layer, bool clipToArea, Draw draw);
    void setLegend(const std::vector<LegendEntry>& entries);
    /// Pixels the legend should keep off; the corner is chosen when the plot is fitted or resized.
    void setCrowd(std::function<std::vector<CrowdPoint>()> crowd);
    std::optional<QString> legendKeyAt(const QPointF& pixel) const;
    QString legendText(const QString& key) const;
    QRectF legendRect() const;
    QRectF legendEntryRect(const QString& key) const;

    /// Called when sizes are known and nothing is drawn yet.
    void setAfterLayout(std::function<void()> afterLayout);

    void refresh();      ///< all, at the next turn of the event loop
    void refreshHover(); ///< the Hover layer, now
    PlotNavigation* navigation() const;
    QWidget* surface() const; ///< what takes mouse, keys and focus

    /// Draws all onto (0, 0) to `size`.
    void paint(QCPPainter& painter, const QSize& size);

    /// Same theme, axes and ranges, titles and legend as another.
    void copyView(const PlotCanvas& other);
    void copyRanges(const PlotCanvas& other);

Q_SIGNALS:
    void legendClicked(const QString& key);
    void titlesEdited(const lathe::ui::PlotTitles& titles);
    void themeChanged();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    friend class PlotNavigation;
    friend class TitleEditor;
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
