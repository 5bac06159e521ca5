#pragma once

#include <QStringList>

#include <functional>
#include <memory>

#include "ui/plots/plot_canvas.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

/// The scatter itself: knows points and what the mouse does to them, but no document.
class ScatterPlot : public PlotCanvas {
    Q_OBJECT

public:
    explicit ScatterPlot(QWidget* parent = nullptr);
    ~ScatterPlot() override;

    /// Points, axes, titles and legend, without what the settings hide; the range follows unless the user has zoomed.
    void setContent(const std::vector<Record>& records, const PlotSettings& settings,
                    const std::shared_ptr<const TimmTable>& overlay);
    const ScatterScene& scene() const;
    void setSelected(const QStringList& ids);

    /// What the hover card says of a record, by its index.
    void setCardText(std::function<QString(std::size_t record)> text);

    QPointF pixelOf(const QString& id) const;

    /// The id under the cursor or reached by the arrow keys; empty: none, or a table's point.
    QString hoveredId() const;

    /// A picture of this one: same content and view, no selection, hidden series not even in the legend.
    void copyPlot(const ScatterPlot& other, const PlotTheme& theme, const PlotTitles& titles);

Q_SIGNALS:
    void pointClicked(const QString& id, bool additive);
    void backgroundClicked();
    void pointsSelected(const QStringList& ids, bool additive);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// The user's titles, or those made from the quantities, with the unit that goes with the records.
PlotTitles scatterTitles(const PlotSettings& settings, const std::vector<Record>& records);

} // namespace lathe::ui
