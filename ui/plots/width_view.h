#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The widths tab: one layer timed, as a job, over a range of channel counts, with its cliffs in words.
class WidthView : public PlotWidget {
    Q_OBJECT

public:
    WidthView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent = nullptr);
    ~WidthView() override;

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
