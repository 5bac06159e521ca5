#pragma once

#include <memory>

#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;

/// The sweep tab: latency and throughput over batch size or threads, one line a model and mode.
class SweepView : public PlotWidget {
    Q_OBJECT

public:
    explicit SweepView(Document* document, QWidget* parent = nullptr);
    ~SweepView() override;

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
