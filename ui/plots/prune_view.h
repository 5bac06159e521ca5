#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"
#include "ui/questions.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The tab that prunes a network: what each layer loses, what that promises and what is found, and the result as a
/// file. All work is done as jobs.
class PruneView : public PlotWidget {
    Q_OBJECT

public:
    PruneView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
              QWidget* parent = nullptr);
    ~PruneView() override;

    QString exportName() const override;
    PlotTitles titles() const override;
    QSize shownSize() const override;
    bool isEmpty() const override;
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                const PlotTitles& titles) const override;

Q_SIGNALS:
    void saved(const QString& path, const QString& mode); ///< a model file is there, which runs in that mode
    void modelFileWanted();                               ///< the user wants to add one of their own

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
