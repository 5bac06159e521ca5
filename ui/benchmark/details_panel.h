#pragma once

#include <QWidget>

class QAction;
class QLabel;
class QTextBrowser;
class QWidget;

namespace lathe::ui {

class Document;

/// The selected record, or several side by side; of two the comparison's verdict.
class DetailsPanel : public QWidget {
    Q_OBJECT

public:
    /// `compare` is shown as a button when it applies.
    DetailsPanel(Document* document, QAction* compare, QWidget* parent = nullptr);

Q_SIGNALS:
    void layersRequested(); ///< all layers of the selected record

private:
    void buildText();
    QWidget* buildComparison(QAction* compare);
    void show();
    void showVerdict();

    Document* m_document;
    QTextBrowser* m_text;
    QWidget* m_comparison;
    QLabel* m_verdict;
};

} // namespace lathe::ui
