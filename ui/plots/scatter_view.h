#pragma once

#include <functional>
#include <memory>

#include "ui/plots/overlay.h"
#include "ui/plots/plot_widget.h"

namespace lathe::ui {

class Document;

/// The scatter tab: controls over a plot of the document's records, tied to its selection and plot settings.
class ScatterView : public PlotWidget {
    Q_OBJECT

public:
    /// `overlays` are shared with other views of the session.
    explicit ScatterView(Document* document,
                         std::shared_ptr<OverlayReader> overlays = std::make_shared<OverlayReader>(),
                         QWidget* parent = nullptr);
    ~ScatterView() override;

    /// Puts a timm benchmark table behind the records (undoable). A `results-imagenet*.csv` gives an overlay its top-1;
    /// one that lies beside the table is taken without asking.
    void openOverlay(const QString& path);
    void clearOverlay();

    /// Asks for a table, as the button does.
    void chooseOverlay();

    /// How a file is asked for: title and filter in, path or nothing out. Tests put their own in.
    using ChooseFile = std::function<QString(const QString& title, const QString& filter)>;
    void setChooseFile(ChooseFile choose);

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
