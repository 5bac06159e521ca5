#pragma once

#include <QWidget>

class QAction;
class QLabel;

namespace lathe::ui {

class CataloguePanel;
class Document;
class JobQueue;
struct Plan;
class Planner;
class SetupForm;

/// What to run: the catalogue, how it is measured, what that comes to, and the button.
class SetupPanel : public QWidget {
    Q_OBJECT

public:
    SetupPanel(Document* document, JobQueue* queue, QAction* run, QWidget* parent = nullptr);

    CataloguePanel* catalogue() const { return m_catalogue; }
    SetupForm* form() const { return m_form; }

    /// Starts as soon as the setup is planned; nothing if it cannot be.
    void requestRun();

Q_SIGNALS:
    void runRequested(const lathe::ui::Plan& plan);

private:
    QWidget* buildFoot(JobQueue* queue);
    void showPlan();
    void runIfPlanned();

    Document* m_document;
    QAction* m_run;
    CataloguePanel* m_catalogue;
    SetupForm* m_form;
    Planner* m_planner;
    QLabel* m_estimate;
    QLabel* m_warning;
    bool m_runWanted = false;
};

} // namespace lathe::ui
