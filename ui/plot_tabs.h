#pragma once

#include <QTabWidget>

namespace lathe::ui {

class PlotWidget;

/// The plots as tabs; a double click on a tab (or its menu) gives the plot a window of its own, closing that
/// window brings it back.
class PlotTabs : public QTabWidget {
    Q_OBJECT

public:
    explicit PlotTabs(QWidget* parent = nullptr);
    ~PlotTabs() override;

    void addPlot(PlotWidget* plot, const QString& title, const QString& tooltip);

    /// The plot whose window is active, or else the current tab's; null if every plot is away.
    PlotWidget* currentPlot() const;

    void tearOff(int index);
    void bringAllBack();

    /// Its tab, or its own window where it has one.
    void bringToFront(PlotWidget* plot);

Q_SIGNALS:
    void exportRequested(lathe::ui::PlotWidget* plot);
    void copyRequested(lathe::ui::PlotWidget* plot);

private:
    struct Entry {
        PlotWidget* plot;
        QString title;
        QString tooltip;
        QWidget* window = nullptr; ///< while torn off
    };
    void bringBack(PlotWidget* plot);
    void showTabMenu(const QPoint& where);
    bool eventFilter(QObject* watched, QEvent* event) override;

    QList<Entry> m_entries;
};

} // namespace lathe::ui
