#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The roofline tab: this machine's roofs, every record under them, every layer of the selected one, and what bounds
/// each. The machine is measured as a job, once for each number of threads.
class RooflineView : public PlotWidget {
    Q_OBJECT

public:
    RooflineView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent = nullptr);
    ~RooflineView() override;

    QString exportName() const override;
    PlotTitles titles() const override;
    QSize shownSize() const override;
    bool isEmpty() const override;
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                const PlotTitles& titles) const override;

protected:
    void showEvent(QShowEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
