#pragma once

#include <QTabWidget>

class QMenu;
class QToolButton;

namespace lathe::ui {

class PlotWidget;

/// The plots as tabs, all of them listed by a button at the end, for a narrow window has no room for every tab; a
/// double click on a tab (or its menu) gives the plot a window of its own, closing that window brings it back.
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
    QToolButton* makeList();
    void fillList(QMenu* list);
    bool eventFilter(QObject* watched, QEvent* event) override;

    QList<Entry> m_entries;
};

} // namespace lathe::ui
