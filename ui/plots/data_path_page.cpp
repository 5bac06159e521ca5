#include "ui/plots/data_path_page.h"

#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/data_path_picture.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/quantization/data_path_model.h"
#include "ui/sorting.h"

namespace lathe::ui {

namespace {

QString hintText()
{
    return DataPathPage::tr(
        "<p><b>What happens to a number on its way?</b></p><p>Press <i>Measure the steps</i>: you will see where "
        "values "
        "become integers and where they turn back, which scales and zero points were fixed beforehand and which are "
        "found as the network runs, and what each step and each conversion costs.</p>");
}

} // namespace

DataPathPage::DataPathPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("dataPathPage"));
    QWidget* strip = makeControlStrip(this);
    m_measure = addTextButton(*strip, tr("Measure the steps"), QStringLiteral("dataPathMeasure"),
                              tr("The same measurement as Before and after: every step of the quantized network is "
                                 "timed"),
                              false);
    m_whole = addTextButton(*strip, tr("Whole network"), QStringLiteral("dataPathWhole"),
                            tr("Shows the way through all layers, steps of one kind taken together, instead of the "
                               "layer that is chosen in the table"),
                            false);
    m_whole->setEnabled(false);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(new EmptyHint(hintText(), {}, this));
    m_stack->addWidget(buildPath());
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_stack, 1);
    connect(m_measure, &QToolButton::clicked, this, &DataPathPage::measureRequested);
    connect(m_whole, &QToolButton::clicked, this, &DataPathPage::showWhole);
}

QWidget* DataPathPage::buildPath()
{
    auto* box = new QWidget(this);
    m_summary = new QLabel(box);
    m_summary->setObjectName(QStringLiteral("dataPathSummary"));
    m_summary->setContentsMargins(8, 2, 8, 4);
    m_summary->setWordWrap(true);
    m_summary->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_picture = new DataPathPicture(box);
    QScrollArea* scroll = makeScroll(box);
    scroll->setWidget(m_picture);
    m_model = new DataPathModel(this);
    m_proxy = new ValueSortProxy(m_model, DataPathModel::SortRole, this);
    m_table = new QTableView(box);
    describeControl(m_table, "dataPathTable", tr("Steps of the quantized network"), {});
    makePlainTable(m_table);
    m_table->setModel(m_proxy);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(DataPathModel::Layer, Qt::AscendingOrder);
    m_table->horizontalHeader()->setStretchLastSection(true);
    auto* splitter = new QSplitter(Qt::Vertical, box);
    splitter->setObjectName(QStringLiteral("dataPathSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(m_table);
    splitter->setSizes({300, 200});
    QVBoxLayout* column = tightColumn(box);
    column->addWidget(m_summary);
    column->addWidget(splitter, 1);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] { takeRow(); });
    return box;
}

void DataPathPage::takeRow()
{
    const QModelIndex row = m_proxy->mapToSource(m_table->currentIndex());
    if (!row.isValid())
        return;
    const NodeId node = m_model->steps()[static_cast<std::size_t>(row.row())].node;
    m_picture->setSteps(stepsOf(m_path, node));
    Q_EMIT layerChosen(node);
}

void DataPathPage::showNetwork(const QuantizedNetwork& network)
{
    m_stack->setCurrentIndex(network.speed ? 1 : 0);
    m_path = network.speed ? network.speed->path : DataPath{};
    const QSignalBlocker quiet(m_table->selectionModel());
    m_model->setSteps(m_path.steps);
    m_whole->setEnabled(network.speed != nullptr);
    m_picture->setSteps(stagesOf(m_path));
    if (!network.speed)
        return;
    QStringList sentences;
    for (const std::string& sentence : dataPathSentences(m_path))
        sentences += toQString(sentence);
    m_summary->setText(sentences.join(QLatin1Char(' ')) + QLatin1Char(' ') +
                       tr("Batch %1. The picture shows the whole network, or the layer that is chosen in the table.")
                           .arg(static_cast<qlonglong>(network.speed->savings.batch)));
    m_table->horizontalHeader()->setStretchLastSection(false);
    m_table->resizeColumnsToContents();
    m_table->horizontalHeader()->setStretchLastSection(true);
}

void DataPathPage::setLayer(NodeId node)
{
    for (int row = 0; row < m_proxy->rowCount(); ++row) {
        const QModelIndex shown = m_proxy->index(row, 0);
        const auto step = static_cast<std::size_t>(m_proxy->mapToSource(shown).row());
        if (m_model->steps()[step].node != node)
            continue;
        const QModelIndex current = m_proxy->mapToSource(m_table->currentIndex());
        const bool isThere =
            current.isValid() && m_model->steps()[static_cast<std::size_t>(current.row())].node == node;
        if (!isThere) {
            const QSignalBlocker quiet(m_table->selectionModel());
            m_table->setCurrentIndex(shown);
            m_table->scrollTo(shown);
            m_table->viewport()->update();
        }
        break;
    }
    m_picture->setSteps(stepsOf(m_path, node));
}

void DataPathPage::showWhole()
{
    const QSignalBlocker quiet(m_table->selectionModel());
    m_table->clearSelection();
    m_table->setCurrentIndex({});
    m_table->viewport()->update();
    m_picture->setSteps(stagesOf(m_path));
}

void DataPathPage::setMeasureEnabled(bool enabled)
{
    m_measure->setEnabled(enabled);
}

} // namespace lathe::ui
