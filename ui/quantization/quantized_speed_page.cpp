#include "ui/quantization/quantized_speed_page.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/quantization/variants_model.h"

namespace lathe::ui {

namespace {

constexpr std::int64_t kMostBatch = 4096;

/// None where an entry is no batch size.
std::vector<std::int64_t> parsedBatches(const QString& text)
{
    std::vector<std::int64_t> batches;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const qlonglong batch = part.trimmed().toLongLong(&isNumber);
        if (!isNumber || batch < 1 || batch > kMostBatch)
            return {};
        batches.push_back(batch);
    }
    std::sort(batches.begin(), batches.end());
    batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
    return batches;
}

QString hintText()
{
    return QuantizedSpeedPage::tr(
        "<p><b>Is it smaller, is it faster, and is it as good?</b></p><p>Press <i>Compare with float32</i>: the "
        "network "
        "runs as PyTorch runs it, as it would be deployed in float32, and quantized, in turns, so that a slow moment "
        "of "
        "the machine falls on all alike. You will see what was promised beside what was found, and where the time "
        "goes.</p>");
}

} // namespace

QuantizedSpeedPage::QuantizedSpeedPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("quantizedSpeedPage"));
    QWidget* strip = makeControlStrip(this);
    m_batches = new QLineEdit(QStringLiteral("1, 8"), strip);
    describeControl(m_batches, "quantizeBatches", tr("Batch sizes"), tr("Inputs at once, such as 1, 8"));
    m_batches->setMaximumWidth(120);
    addLabelled(*strip, tr("Batch sizes"), m_batches);
    m_measure = addTextButton(*strip, tr("Compare with float32"), QStringLiteral("quantizeCompare"),
                              tr("Measure size, memory, data moved, time and accuracy of the network in float32 and "
                                 "quantized; takes about 16 seconds a batch size"),
                              false);
    m_problem = new ErrorLabel(this);
    m_problem->setObjectName(QStringLiteral("quantizeBatchesProblem"));
    m_problem->setContentsMargins(8, 2, 8, 2);
    m_problem->hide();
    m_model = new VariantsModel(this);
    m_table = new QTableView(this);
    describeControl(m_table, "variantsTable", tr("The network in float32 and quantized"), {});
    makePlainTable(m_table);
    m_table->setModel(m_model);
    m_table->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_reasons = new AnswerLabel(this);
    describeControl(m_reasons, "speedReasons", tr("Why it is faster, or is not"), {});
    QScrollArea* scroll = makeScroll(this);
    scroll->setWidget(m_reasons);
    auto* result = new QWidget(this);
    QVBoxLayout* inner = tightColumn(result);
    inner->addWidget(m_table);
    inner->addWidget(scroll, 1);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(new EmptyHint(hintText(), {}, this));
    m_stack->addWidget(result);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_problem);
    column->addWidget(m_stack, 1);
    connect(m_measure, &QToolButton::clicked, this, [this] { request(); });
    connect(m_batches, &QLineEdit::returnPressed, m_measure, &QToolButton::click);
}

void QuantizedSpeedPage::request()
{
    const bool isSound = !parsedBatches(m_batches->text()).empty();
    m_problem->setText(isSound ? QString()
                               : tr("\"%1\" are no batch sizes; write numbers from 1 to %2 such as 1, 8.")
                                     .arg(m_batches->text())
                                     .arg(kMostBatch));
    m_problem->setVisible(!isSound);
    if (isSound)
        Q_EMIT measureRequested(batches());
}

std::vector<std::int64_t> QuantizedSpeedPage::batches() const
{
    const std::vector<std::int64_t> written = parsedBatches(m_batches->text());
    return written.empty() ? std::vector<std::int64_t>{1, 8} : written;
}

void QuantizedSpeedPage::showNetwork(const QuantizedNetwork& network)
{
    m_stack->setCurrentIndex(network.speed ? 1 : 0);
    if (!network.speed)
        return;
    m_model->setVariants(network.speed->variants);
    m_table->resizeColumnsToContents();
    const int rows = m_model->rowCount() * m_table->verticalHeader()->defaultSectionSize();
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + rows +
                            m_table->horizontalScrollBar()->sizeHint().height() + 4);
    std::vector<std::string> sentences = network.speed->reasons;
    sentences.insert(sentences.end(), network.speed->promises.begin(), network.speed->promises.end());
    m_reasons->setSentences(sentences, true);
}

void QuantizedSpeedPage::setMeasureEnabled(bool enabled)
{
    m_measure->setEnabled(enabled);
}

} // namespace lathe::ui
