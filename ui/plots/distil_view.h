#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"
#include "ui/questions.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The tab that trains a student with and without a teacher: both arms as they go, the verdict, what each class gains,
/// and what teacher and students say of single images.
class DistilView : public PlotWidget {
    Q_OBJECT

public:
    DistilView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
               QWidget* parent = nullptr);
    ~DistilView() override;

    QString exportName() const override;
    PlotTitles titles() const override;
    QSize shownSize() const override;
    bool isEmpty() const override;
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                const PlotTitles& titles) const override;

Q_SIGNALS:
    void distilled(const QStringList& paths); ///< the first seed's students are there
    void modelFileWanted();                   ///< the user wants to add one of their own

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
