#pragma once

#include <QStringList>

#include <functional>
#include <memory>
#include <vector>

#include "core/analysis/choice.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// The candidates of a choice over two of its quantities: what breaks a budget is dimmed, the front is a line (or
/// rings, where it is over three), the best and the runner-up are named.
class ChoicePlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Content {
        Choice choice;
        std::vector<QString> ids;   ///< of the records, one a candidate
        std::vector<QString> types; ///< "cnn", ...
        QStringList selected;
        bool forExport = false; ///< no selection
    };

    explicit ChoicePlot(QWidget* parent = nullptr);
    ~ChoicePlot() override;

    void setContent(Content content);
    const Content& content() const;

    /// What the hover card says of a candidate.
    void setCardText(std::function<QString(std::size_t candidate)> text);

    QPointF pixelOf(const QString& id) const;
    /// Under the cursor, or reached by the arrow keys.
    QString hoveredId() const;

Q_SIGNALS:
    void pointClicked(const QString& id, bool additive);
    void backgroundClicked();

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// Top-1 spans a few points; what spans decades is logarithmic.
bool isLogarithmic(Quantity quantity);

/// "networks", dimmed ones, front and what the markers' area shows.
std::vector<LegendEntry> choiceLegend(const ChoicePlot::Content& content, const PlotTheme& theme);

} // namespace lathe::ui
