#pragma once

#include <memory>

#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;

/// The tab that answers which network to take: budgets, the front over two or three quantities, the best with its
/// runner-up in words, and a table that says of every figure where it comes from.
class ChooseView : public PlotWidget {
    Q_OBJECT

public:
    explicit ChooseView(Document* document, QWidget* parent = nullptr);
    ~ChooseView() override;

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
