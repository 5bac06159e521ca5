#pragma once

#include <QStringList>

#include <memory>
#include <vector>

#include "core/analysis/trend_report.h"
#include "ui/plots/plot_canvas.h"

namespace lathe::ui {

/// A bar a network: how many times as fast as the law of its type says, fastest first, on a logarithmic axis about 1.
/// Behind it, pale, is where 95 % of networks of its size and type lie.
class ResidualPlot : public PlotCanvas {
    Q_OBJECT

public:
    struct Bar {
        QString name;
        QString id; ///< of the record
        QString type;
        double speed = 1.0;
        double usual = 1.0;
        bool unusual = false;
    };
    struct Content {
        std::vector<Bar> bars;
        QStringList selected;
        bool forExport = false; ///< no selection
    };

    explicit ResidualPlot(QWidget* parent = nullptr);
    ~ResidualPlot() override;

    void setContent(Content content);
    const Content& content() const;

Q_SIGNALS:
    void barClicked(const QString& id, bool additive);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// Fastest first; `ids` are those of the records that points refer to.
std::vector<ResidualPlot::Bar> residualBars(const TrendReport& report, const std::vector<Record>& records);

/// "Times as fast as the law of its type (grey: 95 % of such networks)".
PlotTitles residualTitles();

} // namespace lathe::ui
