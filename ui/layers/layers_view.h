#pragma once

#include <memory>

#include "ui/plots/plot_widget.h"
#include "ui/questions.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The layers tab: where parameters, MACs, bytes and time of one network go, as a picture and as a table. The network
/// is that of the selected record, or one that is ticked to be run.
class LayersView : public PlotWidget {
    Q_OBJECT

public:
    /// While `queue` is busy no model file is read: that would disturb what is measured. It may be null.
    explicit LayersView(Document* document, JobQueue* queue = nullptr, QWidget* parent = nullptr);
    ~LayersView() override;

    /// For "Save table". Without it there is no such button.
    void setQuestions(const Questions& questions);

    QString exportName() const override;
    PlotTitles titles() const override;
    QSize shownSize() const override;
    bool isEmpty() const override;
    void render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                const PlotTitles& titles) const override;

Q_SIGNALS:
    /// For the status bar.
    void told(const QString& message);

protected:
    void showEvent(QShowEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace lathe::ui
