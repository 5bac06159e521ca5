#pragma once

#include <QWidget>

#include "ui/pruning/prune_work.h"

class QLabel;
class QToolButton;

namespace lathe::ui {

class FiguresTable;

/// The reparametrization: parameters and buffers as PyTorch names them before and after, side by side.
class PrunedNamesPage : public QWidget {
    Q_OBJECT

public:
    explicit PrunedNamesPage(QWidget* parent);

    void showNetwork(const PrunedNetwork& network);
    void setPermanentEnabled(bool enabled);

Q_SIGNALS:
    void permanentRequested();

private:
    QLabel* m_note = nullptr;
    QToolButton* m_permanent = nullptr;
    FiguresTable* m_table = nullptr;
};

} // namespace lathe::ui
