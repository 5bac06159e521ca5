#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The playground tab: what quantization does to values that the user chooses, and why the errors of a dot product do
/// not add up. Everything is worked out on another thread; a layer's values are read as a job.
class PlaygroundView : public PlotWidget {
    Q_OBJECT

public:
    PlaygroundView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent = nullptr);
    ~PlaygroundView() override;

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
