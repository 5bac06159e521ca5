#pragma once

#include <memory>

#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;

/// The distribution tab: raw samples of the selected records (or the last one), as strips with boxes, as cumulative
/// shares, or in the order they were taken.
class DistributionView : public PlotWidget {
    Q_OBJECT

public:
    explicit DistributionView(Document* document, QWidget* parent = nullptr);
    ~DistributionView() override;

    QString exportName() const override;
    PlotTitles titles() const override;
    QSize shownSize() const override;
    bool isEmpty() const override;
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                const PlotTitles& titles) const override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
