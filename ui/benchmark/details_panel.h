#pragma once

#include <QWidget>

class QAction;
class QLabel;
class QTableView;
class QTextBrowser;
class QWidget;

namespace lathe::ui {

class Document;
class LayerModel;

/// The selected record with its layers, or several side by side; of two the comparison's verdict.
class DetailsPanel : public QWidget {
    Q_OBJECT

public:
    /// `compare` is shown as a button when it applies.
    DetailsPanel(Document* document, QAction* compare, QWidget* parent = nullptr);

    QTableView* layerTable() const { return m_layers; }

private:
    void buildText();
    QWidget* buildComparison(QAction* compare);
    QWidget* buildLayers();
    void show();
    void showVerdict();

    Document* m_document;
    QTextBrowser* m_text;
    QWidget* m_comparison;
    QLabel* m_verdict;
    QWidget* m_layerPart;
    QTableView* m_layers;
    LayerModel* m_layerModel;
    QLabel* m_layerSummary;
};

} // namespace lathe::ui
