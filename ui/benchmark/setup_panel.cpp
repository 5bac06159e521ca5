#include "ui/benchmark/setup_panel.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "ui/architectures/catalogue_panel.h"
#include "ui/benchmark/plan.h"
#include "ui/benchmark/run_button.h"
#include "ui/benchmark/setup_form.h"
#include "ui/controls.h"
#include "ui/jobs/job_queue.h"
#include "ui/session/document.h"

namespace lathe::ui {

SetupPanel::SetupPanel(Document* document, JobQueue* queue, QAction* run, QWidget* parent)
    : QWidget(parent), m_document(document), m_run(run), m_catalogue(new CataloguePanel(document, this)),
      m_form(new SetupForm(document, this)), m_planner(new Planner(this)), m_estimate(new QLabel(this)),
      m_warning(new ErrorLabel(this))
{
    setObjectName("setupPanel");
    m_warning->setObjectName("memoryWarning");
    m_warning->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 4, 6, 4);
    layout->setSpacing(6);
    layout->addWidget(m_catalogue, 1);
    layout->addWidget(m_form);
    layout->addWidget(m_warning);
    layout->addWidget(buildFoot(queue));

    connect(document, &Document::setupChanged, this, [this] {
        m_runWanted = false;
        m_planner->request(m_document->setup(), m_document->records());
        showPlan();
    });
    const auto guessAgain = [this] { m_planner->request(m_document->setup(), m_document->records()); };
    connect(document, &Document::recordsReset, this, guessAgain);
    // With what was measured, but not while more is: building graphs would take a core from it.
    connect(queue, &JobQueue::busyChanged, this, [guessAgain](bool busy) {
        if (!busy)
            guessAgain();
    });
    connect(m_form, &SetupForm::validityChanged, this, &SetupPanel::showPlan);
    connect(m_planner, &Planner::planned, this, [this] {
        showPlan();
        runIfPlanned();
    });
    m_planner->request(document->setup(), document->records());
    showPlan();
}

QWidget* SetupPanel::buildFoot(JobQueue* queue)
{
    m_estimate->setObjectName("estimateLabel");
    m_estimate->setWordWrap(true);
    m_estimate->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_estimate->setToolTip(
        tr("A guess from the networks' multiply-accumulates and this machine's cores; the time limit "
           "bounds each configuration"));
    auto* button = new RunButton(m_run, queue, this);
    button->setObjectName("setupRunButton");
    button->setMinimumHeight(28);
    auto* foot = new QWidget(this);
    auto* layout = new QHBoxLayout(foot);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_estimate, 1);
    layout->addWidget(button, 0, Qt::AlignBottom);
    return foot;
}

void SetupPanel::requestRun()
{
    m_form->commit();
    m_runWanted = m_form->isValid();
    runIfPlanned();
}

void SetupPanel::showPlan()
{
    const Plan* plan = m_planner->planFor(m_document->setup());
    if (!m_form->isValid())
        m_estimate->setText(tr("Mend the marked field first."));
    else
        m_estimate->setText(plan ? planText(*plan) : tr("Estimating…"));
    m_warning->setText(plan ? warningText(*plan) : QString());
    m_warning->setVisible(!m_warning->text().isEmpty());
    m_run->setEnabled(m_form->isValid() && (!plan || plan->canRun()));
}

void SetupPanel::runIfPlanned()
{
    const Plan* plan = m_planner->planFor(m_document->setup());
    if (!m_runWanted || !plan)
        return;
    m_runWanted = false;
    if (plan->canRun())
        Q_EMIT runRequested(*plan);
}

} // namespace lathe::ui
