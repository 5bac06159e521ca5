#pragma once

#include <QWidget>

#include <memory>

class QAction;
class QLabel;
class QTextBrowser;
class QWidget;

namespace lathe::ui {

class Document;
class JobQueue;
class ExplanationSource;
struct ExplanationAnswer;
struct Measuring;

/// The selected record and why it takes its time, or several side by side; of two why they differ, and the comparison's
/// verdict.
class DetailsPanel : public QWidget {
    Q_OBJECT

public:
    /// `compare` is shown as a button when it applies.
    DetailsPanel(Document* document, JobQueue* queue, const Measuring& measuring, QAction* compare,
                 QWidget* parent = nullptr);

Q_SIGNALS:
    void layersRequested(); ///< all layers of the selected record

private:
    void buildText();
    QWidget* buildComparison(QAction* compare);
    void ask();
    void take(const std::shared_ptr<const ExplanationAnswer>& answer);
    QString why() const;
    void show();
    void showVerdict();

    Document* m_document;
    JobQueue* m_queue;
    ExplanationSource* m_source;
    std::shared_ptr<const ExplanationAnswer> m_answer; ///< of the selection of then; null: none yet
    QTextBrowser* m_text;
    QWidget* m_comparison;
    QLabel* m_verdict;
};

} // namespace lathe::ui
