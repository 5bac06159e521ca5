#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The tab that puts what was published about DistilBERT beside what is found here.
class ClaimView : public PlotWidget {
    Q_OBJECT

public:
    ClaimView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent = nullptr);
    ~ClaimView() override;

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
