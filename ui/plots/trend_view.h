#pragma once

#include <memory>

#include "ui/plots/overlay.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;

/// The trend tab: power laws of a type over parameters or MACs, each network's place beside its law, what follows in
/// sentences, and how the order here agrees with a table's.
class TrendView : public PlotWidget {
    Q_OBJECT

public:
    /// `overlays` are shared with other views of the session.
    explicit TrendView(Document* document, std::shared_ptr<OverlayReader> overlays = std::make_shared<OverlayReader>(),
                       QWidget* parent = nullptr);
    ~TrendView() override;

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
