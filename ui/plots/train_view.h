#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"
#include "ui/questions.h"

namespace lathe::ui {

class JobQueue;

/// The training tab: what is trained on what and how, as a job, with its curves as it goes and its accuracy at the end.
class TrainView : public PlotWidget {
    Q_OBJECT

public:
    TrainView(JobQueue* queue, const Measuring& measuring, Questions questions, QWidget* parent = nullptr);
    ~TrainView() override;

    QString exportName() const override;
    PlotTitles titles() const override;
    QSize shownSize() const override;
    bool isEmpty() const override;
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                const PlotTitles& titles) const override;

Q_SIGNALS:
    void trained(const QString& path); ///< a model file is there

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
