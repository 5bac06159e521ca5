#pragma once

#include <QWidget>

#include "ui/quantization/quantize_work.h"

class QLabel;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace lathe::ui {

class DataPathModel;
class DataPathPicture;
class ValueSortProxy;

/// The way of values through the quantized network: all steps in a table, those of one layer as a picture.
class DataPathPage : public QWidget {
    Q_OBJECT

public:
    explicit DataPathPage(QWidget* parent);

    void showNetwork(const QuantizedNetwork& network);
    void setLayer(NodeId node);
    void setMeasureEnabled(bool enabled);

    DataPathPicture* picture() const { return m_picture; }

Q_SIGNALS:
    void measureRequested();
    void layerChosen(lathe::NodeId node);

private:
    QWidget* buildPath();
    void takeRow();
    void showWhole();

    QToolButton* m_measure = nullptr;
    QToolButton* m_whole = nullptr;
    QStackedWidget* m_stack = nullptr; ///< the hint, the path
    QLabel* m_summary = nullptr;
    DataPathPicture* m_picture = nullptr;
    DataPathModel* m_model = nullptr;
    ValueSortProxy* m_proxy = nullptr;
    QTableView* m_table = nullptr;
    DataPath m_path;
};

} // namespace lathe::ui
