#include "ui/layers/layers_view.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "ui/bar_delegate.h"
#include "ui/controls.h"
#include "ui/flow_layout.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/layers/layer_picture.h"
#include "ui/layers/layer_source.h"
#include "ui/layers/layer_subjects.h"
#include "ui/layers/layer_tree_model.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/session/document.h"
#include "ui/sorting.h"

namespace lathe::ui {

namespace {

constexpr LayerQuantity kShown[] = {LayerQuantity::Time, LayerQuantity::Macs, LayerQuantity::Parameters,
                                    LayerQuantity::Bytes};

/// Shows a module whose name or whose layers match; its path counts, so that "layer1.0" finds what is in it.
class LayerProxy : public ValueSortProxy {
public:
    LayerProxy(LayerTreeModel* model, QObject* parent) : ValueSortProxy(model, LayerTreeModel::SortRole, parent)
    {
        setRecursiveFilteringEnabled(true);
    }

    void setSearch(const QString& text)
    {
        m_search = text.trimmed();
        invalidateFilter();
    }

    bool matches(const QModelIndex& layer) const
    {
        const QModelIndex operation = layer.siblingAtColumn(LayerTreeModel::Operation);
        return layer.data(LayerTreeModel::PathRole).toString().contains(m_search, Qt::CaseInsensitive) ||
               operation.data().toString().contains(m_search, Qt::CaseInsensitive);
    }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override
    {
        return m_search.isEmpty() || matches(sourceModel()->index(row, LayerTreeModel::Layer, parent));
    }

private:
    QString m_search;
};

} // namespace

class LayersView::Private {
public:
    Private(LayersView* view, Document* doc, JobQueue* jobs) : q(view), document(doc), queue(jobs) {}

    LayersView* q;
    Document* document;
    JobQueue* queue;
    Questions questions;
    LayerSource* source = nullptr;
    LayerTreeModel* model = nullptr;
    LayerProxy* proxy = nullptr;
    QComboBox* subject = nullptr;
    QComboBox* quantity = nullptr;
    QComboBox* form = nullptr;
    QLineEdit* search = nullptr;
    QToolButton* save = nullptr;
    QStackedWidget* stack = nullptr;
    LayerPicture* picture = nullptr;
    QTreeView* table = nullptr;
    QLabel* note = nullptr;
    std::vector<LayerSubject> subjects;
    QString requested;                          ///< key
    LayerQuantity wanted = LayerQuantity::Time; ///< where the network shown has it

    void build();
    void buildControls(QWidget* controls);
    void buildTable();
    void connectDocument();
    void showSubjects();
    void request();
    void show(const LayerSubject& shown, const LayerTable& layers, const QString& problem);
    void showPicture();
    void showForm();
    void applySearch();
    void select(int branch);
    void saveTable();
    void copyRows() const;
    LayerQuantity shownQuantity() const { return kShown[quantity->currentIndex()]; }
};

void LayersView::Private::build()
{
    source = new LayerSource(q);
    model = new LayerTreeModel(q);
    proxy = new LayerProxy(model, q);
    auto* controls = new QWidget(q);
    buildControls(controls);
    picture = new LayerPicture(q);
    picture->setObjectName(QStringLiteral("layerPicture"));
    buildTable();
    note = new QLabel(q);
    note->setObjectName(QStringLiteral("layerNote"));
    note->setWordWrap(true);
    note->setContentsMargins(8, 2, 8, 4);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("layersSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(picture);
    splitter->addWidget(table);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    stack = new QStackedWidget(q);
    stack->addWidget(new EmptyHint(tr("<p><b>No network to take apart.</b></p><p>Tick one in the catalogue, or select "
                                      "a record: its layers are shown here, with their parameters, MACs, bytes and "
                                      "measured times.</p>"),
                                   {}, q));
    stack->addWidget(splitter);
    auto* layout = new QVBoxLayout(q);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
    layout->addWidget(note);
}

void LayersView::Private::buildControls(QWidget* controls)
{
    auto* layout = new FlowLayout(controls);
    layout->setContentsMargins(6, 4, 6, 4);
    subject = addLabelledCombo(*controls, tr("&Network"), QStringLiteral("layerSubject"),
                               tr("A selected record, or a network that is ticked to be run"));
    subject->setMinimumContentsLength(22);
    subject->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    quantity = addLabelledCombo(*controls, tr("&Picture"), QStringLiteral("layerQuantity"),
                                tr("What the size of a tile stands for"));
    for (const LayerQuantity shown : kShown)
        quantity->addItem(tr(layerQuantityName(shown).data()));
    form = addLabelledCombo(*controls, tr("&Table"), QStringLiteral("layerForm"),
                            tr("A tree of modules with their sums, or all layers in the order they run"));
    form->addItems({tr("Tree"), tr("Flat")});
    search = new QLineEdit(controls);
    describeControl(search, "layerSearch", tr("Search the layers"),
                    tr("Part of a layer's path or of an operation's name, such as layer1 or BatchNorm"));
    search->setPlaceholderText(tr("Search layers"));
    search->setClearButtonEnabled(true);
    search->setFixedWidth(150);
    layout->addWidget(search);
    save = addTextButton(*controls, tr("Save table…"), QStringLiteral("layerSave"),
                         tr("Writes all layers with all columns as a CSV file"), false);
    connect(subject, &QComboBox::currentIndexChanged, q, [this] { request(); });
    connect(quantity, &QComboBox::currentIndexChanged, q, [this] { showPicture(); });
    connect(quantity, &QComboBox::activated, q, [this] { wanted = shownQuantity(); });
    connect(form, &QComboBox::currentIndexChanged, q, [this] { showForm(); });
    connect(search, &QLineEdit::textChanged, q, [this] { applySearch(); });
    connect(save, &QToolButton::clicked, q, [this] { saveTable(); });
}

void LayersView::Private::buildTable()
{
    table = new QTreeView(q);
    describeControl(table, "layerTree", tr("Layers"), {});
    table->setModel(proxy);
    table->setUniformRowHeights(true);
    table->setAlternatingRowColors(false);
    table->setTextElideMode(Qt::ElideMiddle); // the last part of a path tells layers apart
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setSortingEnabled(true);
    table->setItemDelegateForColumn(LayerTreeModel::Share, new BarDelegate(LayerTreeModel::ShareRole, table));
    const int widths[LayerTreeModel::ColumnCount] = {150, 96, 52, 60, 62, 60, 70, 76, 82, 82};
    for (int column = 0; column < LayerTreeModel::ColumnCount; ++column)
        table->setColumnWidth(column, widths[column]);
    table->header()->setStretchLastSection(false);
    proxy->sort(-1); // in the order they run
    table->header()->setSortIndicator(-1, Qt::AscendingOrder);
    auto* copy = new QShortcut(QKeySequence::Copy, table);
    copy->setContext(Qt::WidgetShortcut);
    connect(copy, &QShortcut::activated, q, [this] { copyRows(); });
    connect(table->selectionModel(), &QItemSelectionModel::currentChanged, q, [this] { showPicture(); });
    connect(picture, &LayerPicture::clicked, q, [this](int branch) { select(branch); });
    connect(picture, &LayerPicture::menuRequested, q, [this](const QPoint& at) { showPlotMenu(*q, nullptr, at); });
}

void LayersView::Private::connectDocument()
{
    const auto refresh = [this] { showSubjects(); };
    connect(document, &Document::recordAppended, q, refresh);
    connect(document, &Document::recordsReset, q, refresh);
    connect(document, &Document::selectionChanged, q, refresh);
    connect(document, &Document::setupChanged, q, refresh);
    if (queue)
        connect(queue, &JobQueue::busyChanged, q, [this] { request(); });
    connect(source, &LayerSource::ready, q,
            [this](const LayerSubject& shown, const LayerTable& layers, const QString& problem) {
                show(shown, layers, problem);
            });
}

void LayersView::Private::showSubjects()
{
    const int shown = subject->currentIndex();
    const QString before = shown < 0 ? QString() : subjects[static_cast<std::size_t>(shown)].key;
    subjects = layerSubjects(document->session(), document->selection());
    {
        const QSignalBlocker quiet(subject);
        subject->clear();
        for (const LayerSubject& each : subjects)
            subject->addItem(each.text);
        subject->setCurrentIndex(chosenSubject(subjects, document->selection(), before));
    }
    request();
}

/// Only for eyes that see it, and no file beside a measurement.
void LayersView::Private::request()
{
    const int index = subject->currentIndex();
    if (index < 0) {
        requested.clear();
        return show({}, {}, {});
    }
    const LayerSubject& next = subjects[static_cast<std::size_t>(index)];
    const bool isFile = !findArchitecture(next.configuration.model);
    if (!q->isVisible() || next.key == requested || (isFile && queue && queue->isBusy()))
        return;
    requested = next.key;
    source->request(next);
}

void LayersView::Private::show(const LayerSubject& shown, const LayerTable& layers, const QString& problem)
{
    model->setTable(layers, shown.text);
    showForm();
    stack->setCurrentIndex(layers.rows.empty() && problem.isEmpty() ? 0 : 1);
    QStringList sentences;
    if (!shown.summary.isEmpty())
        sentences << shown.summary;
    if (!problem.isEmpty())
        sentences << problem;
    note->setText(sentences.join(QLatin1Char(' ')));
    note->setVisible(!sentences.isEmpty());
    save->setEnabled(!layers.rows.empty());
    const bool untimed = !layers.totalMs && wanted == LayerQuantity::Time;
    const LayerQuantity best = untimed ? LayerQuantity::Macs : wanted;
    quantity->setCurrentIndex(static_cast<int>(std::find(std::begin(kShown), std::end(kShown), best) - kShown));
    showPicture();
}

void LayersView::Private::showPicture()
{
    LayerPictureContent content;
    content.table = model->table();
    content.branches = model->branches();
    content.quantity = shownQuantity();
    content.selected = model->branchOf(proxy->mapToSource(table->currentIndex()));
    if (!search->text().trimmed().isEmpty())
        for (std::size_t i = 0; i < content.branches.size(); ++i)
            if (content.branches[i].row && !proxy->matches(model->indexOf(static_cast<int>(i))))
                content.dimmed.insert(static_cast<int>(i));
    picture->setContent(std::move(content));
}

void LayersView::Private::showForm()
{
    const bool flat = form->currentIndex() == 1;
    model->setFlat(flat);
    table->setRootIsDecorated(!flat);
    if (flat)
        return;
    table->expandToDepth(search->text().trimmed().isEmpty() ? 0 : 9);
}

void LayersView::Private::applySearch()
{
    proxy->setSearch(search->text());
    showForm();
    showPicture();
}

void LayersView::Private::select(int branch)
{
    const QModelIndex index = proxy->mapFromSource(model->indexOf(branch));
    if (!index.isValid())
        return table->setCurrentIndex({});
    table->setCurrentIndex(index);
    table->scrollTo(index);
}

void LayersView::Private::saveTable()
{
    const QString path = questions.saveFile(
        q, tr("Save layers"), subject->currentText().section(QLatin1Char(' '), 0, 0) + QStringLiteral("-layers.csv"),
        tr("CSV table (*.csv)"));
    if (path.isEmpty())
        return;
    const auto written = writeFileAtomically(path.toStdString(), layersToCsv(model->table()));
    if (!written)
        return questions.tell(q, tr("Save layers"), toQString(written.error().message));
    Q_EMIT q->told(
        tr("Saved %1.").arg(counted(static_cast<std::int64_t>(model->table().rows.size()), tr("layer"), tr("layers"))));
}

void LayersView::Private::copyRows() const
{
    QStringList lines;
    for (const QModelIndex& row : table->selectionModel()->selectedRows()) {
        QStringList cells{row.data(LayerTreeModel::PathRole).toString()};
        for (int column = 1; column < LayerTreeModel::ColumnCount; ++column)
            cells << row.siblingAtColumn(column).data().toString();
        lines << cells.join(QLatin1Char('\t'));
    }
    QApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

LayersView::LayersView(Document* document, JobQueue* queue, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue))
{
    setObjectName(QStringLiteral("layersView"));
    d->build();
    d->save->hide();
    d->connectDocument();
    d->showSubjects();
}

LayersView::~LayersView() = default;

void LayersView::setQuestions(const Questions& questions)
{
    d->questions = questions;
    d->save->show();
}

void LayersView::showEvent(QShowEvent* event)
{
    PlotWidget::showEvent(event);
    d->request();
}

QString LayersView::exportName() const
{
    return QStringLiteral("layers");
}

PlotTitles LayersView::titles() const
{
    return {d->subject->currentText(), {}, {}};
}

QSize LayersView::shownSize() const
{
    return d->picture->size();
}

bool LayersView::isEmpty() const
{
    return d->model->table().rows.empty();
}

void LayersView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    const int top = drawPanelTitle(painter, size, theme, titles.plot);
    LayerPictureContent content = d->picture->content();
    content.selected = -1;
    const LayerScene scene = makeLayerScene(content, {size.width(), size.height() - top}, theme);
    QPainter& plain = asPainter(painter);
    plain.save();
    plain.translate(0, top);
    drawLayerScene(plain, scene, content, theme);
    plain.restore();
}

} // namespace lathe::ui
