#include "ui/benchmark/details_panel.h"

#include <QAction>
#include <QLabel>
#include <QScrollBar>
#include <QTextBrowser>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/benchmark/details_text.h"
#include "ui/benchmark/explanation_source.h"
#include "ui/benchmark/measuring.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

constexpr int kMaxSideBySide = 8;

QString emptyHtml()
{
    return QStringLiteral("<p>%1</p><p>%2</p>")
        .arg(QObject::tr("Select a row of the results or a point of a plot: its figures, flags, environment and layers "
                         "are shown here."),
             QObject::tr("Select several (Ctrl+click, or a lasso in the scatter) to see them side by side; of exactly "
                         "two, “Compare” tells which is faster."));
}

} // namespace

DetailsPanel::DetailsPanel(Document* document, JobQueue* queue, const Measuring& measuring, QAction* compare,
                           QWidget* parent)
    : QWidget(parent), m_document(document), m_queue(queue),
      m_source(new ExplanationSource(measuring.knownPeaks, this)), m_text(new QTextBrowser(this))
{
    setObjectName("detailsPanel");
    buildText();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->addWidget(m_text, 1);
    layout->addWidget(buildComparison(compare));

    connect(document, &Document::selectionChanged, this, &DetailsPanel::show);
    connect(document, &Document::recordsReset, this, &DetailsPanel::show);
    connect(document, &Document::recordChanged, this, &DetailsPanel::show);
    connect(document, &Document::comparisonAdded, this, &DetailsPanel::show);
    connect(document, &Document::selectionChanged, this, &DetailsPanel::ask);
    connect(document, &Document::recordsReset, this, &DetailsPanel::ask);
    // A run leaves records to compare with, and a calibration the roofs.
    connect(queue, &JobQueue::busyChanged, this, &DetailsPanel::ask);
    connect(m_source, &ExplanationSource::ready, this, &DetailsPanel::take);
    show();
}

void DetailsPanel::buildText()
{
    describeControl(m_text, "detailsText", tr("Details of the selected records"), {});
    m_text->setFrameShape(QFrame::NoFrame);
    m_text->viewport()->setAutoFillBackground(false);
    m_text->setOpenLinks(false);
    m_text->setMinimumHeight(100);
    connect(m_text, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) {
        if (link.toString() == layersLink())
            Q_EMIT layersRequested();
    });
}

QWidget* DetailsPanel::buildComparison(QAction* compare)
{
    m_comparison = new QWidget(this);
    m_verdict = new QLabel(m_comparison);
    m_verdict->setObjectName("verdictLabel");
    m_verdict->setWordWrap(true);
    m_verdict->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* button = new QToolButton(m_comparison);
    button->setDefaultAction(compare);
    button->setObjectName("compareButton");
    button->setAccessibleName(tr("Compare the two selected records"));
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::StrongFocus);
    auto* layout = new QVBoxLayout(m_comparison);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_verdict);
    layout->addWidget(button, 0, Qt::AlignRight);
    return m_comparison;
}

void DetailsPanel::ask()
{
    std::vector<std::size_t> which;
    const std::vector<Record>& records = m_document->records();
    for (std::size_t i = 0; i < records.size(); ++i)
        if (m_document->selection().contains(toQString(records[i].id)))
            which.push_back(i);
    m_source->request(which, records, !m_queue->isBusy());
}

void DetailsPanel::take(const std::shared_ptr<const ExplanationAnswer>& answer)
{
    m_answer = answer;
    const int scrolled = m_text->verticalScrollBar()->value();
    show();
    m_text->verticalScrollBar()->setValue(scrolled);
}

/// Nothing while what was explained is not what is selected.
QString DetailsPanel::why() const
{
    const auto sorted = [](QStringList ids) {
        ids.sort();
        return ids;
    };
    const bool isCurrent = m_answer && sorted(m_answer->ids) == sorted(m_document->selection());
    return isCurrent ? explanationsHtml(*m_answer) : QString();
}

void DetailsPanel::show()
{
    std::vector<const Record*> records;
    for (const QString& id : m_document->selection())
        if (const Record* record = m_document->record(id); record && records.size() < kMaxSideBySide)
            records.push_back(record);
    const bool single = records.size() == 1;
    if (records.empty())
        m_text->setHtml(emptyHtml());
    else
        m_text->setHtml(single ? detailsHtml(*records.front(), why(), m_document->records())
                               : sideBySideHtml(records) + why());
    if (const QString claims = claimsHtml(records, m_document->session()); !claims.isEmpty())
        m_text->append(claims);
    if (m_document->selection().size() > kMaxSideBySide)
        m_text->append(tr("The first %1 of %2 selected.").arg(kMaxSideBySide).arg(m_document->selection().size()));
    m_text->moveCursor(QTextCursor::Start);
    m_comparison->setVisible(m_document->selection().size() == 2);
    showVerdict();
}

void DetailsPanel::showVerdict()
{
    const QStringList& ids = m_document->selection();
    const ComparisonRecord* compared = ids.size() == 2 ? m_document->comparisonOf(ids[0], ids[1]) : nullptr;
    if (!compared) {
        m_verdict->setText(tr("Their intervals come from runs apart. Compare runs both in turns and gives a verdict."));
        return;
    }
    QString text = toQString(compared->sentence);
    for (const std::string& warning : compared->warnings)
        text += QLatin1Char('\n') + toQString(warning);
    m_verdict->setText(text);
}

} // namespace lathe::ui
