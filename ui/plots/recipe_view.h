#pragma once

#include <memory>

#include "ui/benchmark/measuring.h"
#include "ui/plots/plot_widget.h"
#include "ui/questions.h"

namespace lathe::ui {

class Document;
class JobQueue;

/// The tab that takes a network through a recipe: its steps on the left, and on the right what each of them brought, as
/// a waterfall, among the networks on the way, and in figures.
class RecipeView : public PlotWidget {
    Q_OBJECT

public:
    RecipeView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
               QWidget* parent = nullptr);
    ~RecipeView() override;

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
