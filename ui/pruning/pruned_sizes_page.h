#pragma once

#include <QWidget>

#include "ui/pruning/prune_work.h"

class QLabel;
class QStackedWidget;
class QToolButton;

namespace lathe::ui {

class FiguresTable;

/// What the network takes on disk in each format, expected beside found, and compressed.
class PrunedSizesPage : public QWidget {
    Q_OBJECT

public:
    explicit PrunedSizesPage(QWidget* parent);

    void showNetwork(const PrunedNetwork& network);
    void setMeasureEnabled(bool enabled);

Q_SIGNALS:
    void measureRequested();

private:
    QToolButton* m_measure = nullptr;
    QStackedWidget* m_stack = nullptr; ///< the hint, the table
    QLabel* m_note = nullptr;
    FiguresTable* m_table = nullptr;
};

} // namespace lathe::ui
