#include "ui/architectures/catalogue_panel.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QDoubleValidator>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPointer>
#include <QTableView>
#include <QThreadPool>
#include <QToolButton>

#include <algorithm>

#include "ui/architectures/catalogue_filter.h"
#include "ui/architectures/catalogue_model.h"
#include "ui/architectures/model_file.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/session/document.h"
#include "ui/table_hint.h"

namespace lathe::ui {

namespace {

constexpr int kWidths[CatalogueModel::ColumnCount] = {146, 52, 52, 44, 42, 50, 44, 110};

QStringList modelsOf(const Setup& setup)
{
    QStringList names;
    for (const std::string& name : setup.models)
        names << QString::fromStdString(name);
    return names;
}

QLineEdit* makeBound(const char* objectName, const QString& placeholder, const QString& tip, QWidget* parent)
{
    auto* edit = new QLineEdit(parent);
    describeControl(edit, objectName, tip, tip);
    edit->setPlaceholderText(placeholder);
    edit->setMaximumWidth(52);
    auto* validator = new QDoubleValidator(0.0, 1e9, 3, edit);
    validator->setLocale(QLocale::c());
    edit->setValidator(validator);
    return edit;
}

} // namespace

CataloguePanel::CataloguePanel(Document* document, QWidget* parent)
    : QWidget(parent), m_document(document), m_model(new CatalogueModel(this)),
      m_proxy(new CatalogueProxy(m_model, this)), m_table(new QTableView(this)), m_search(new QLineEdit(this)),
      m_type(new QComboBox(this)), m_error(new ErrorLabel(this)), m_fileError(new ErrorLabel(this)),
      m_summary(new QLabel(this)), m_add(new QToolButton(this))
{
    setObjectName("cataloguePanel");
    describeControl(m_search, "catalogueSearch", tr("Search the catalogue"),
                    tr("Words of a name or family, and conditions such as type:vit, params:20-30, gmacs<5, top1>80, "
                       "file<100, year>=2020 (Ctrl+F)"));
    m_search->setPlaceholderText(tr("Search: resnet, type:vit, gmacs<5"));
    m_search->setClearButtonEnabled(true);
    m_error->setObjectName("catalogueError");
    m_fileError->setObjectName("modelFileError");
    m_fileError->setTextInteractionFlags(Qt::TextSelectableByMouse);
    buildTable();

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_search);
    layout->addWidget(buildFilters());
    layout->addWidget(m_error);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_fileError);
    layout->addWidget(buildFoot());
    const QList<QWidget*> order{m_search, m_type, m_low, m_high, m_tickedOnly, m_table, m_add};
    for (qsizetype i = 1; i < order.size(); ++i)
        setTabOrder(order[i - 1], order[i]);

    connect(m_search, &QLineEdit::textChanged, this, &CataloguePanel::applyFilter);
    connect(m_model, &CatalogueModel::tickEdited, this, [this](const QString& model, bool ticked) {
        const QString name = shortModelName(model);
        setModels(m_model->ticked(), ticked ? tr("Tick %1").arg(name) : tr("Untick %1").arg(name));
    });
    connect(document, &Document::setupChanged, this, &CataloguePanel::showSetup);
    applyFilter();
    showSetup();
}

void CataloguePanel::focusSearch()
{
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

bool CataloguePanel::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Space) {
        tickSelected();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

QWidget* CataloguePanel::buildFilters()
{
    describeControl(m_type, "catalogueType", tr("Type"), tr("Show one type of architecture"));
    m_type->addItem(tr("All types"), QString());
    for (const auto type : {ArchitectureType::Cnn, ArchitectureType::Vit, ArchitectureType::Mlp,
                            ArchitectureType::Hybrid, ArchitectureType::Transformer}) {
        const auto& all = catalogue();
        if (std::any_of(all.begin(), all.end(), [type](const Architecture& each) { return each.type == type; }))
            m_type->addItem(toQString(name(type)), toQString(name(type)));
    }
    m_low = makeBound("catalogueParamsFrom", tr("from"), tr("At least so many million parameters"), this);
    m_high = makeBound("catalogueParamsTo", tr("to"), tr("At most so many million parameters"), this);
    m_tickedOnly = new QCheckBox(tr("Ticked"), this);
    describeControl(m_tickedOnly, "catalogueTickedOnly", tr("Ticked only"), tr("Show only what is ticked"));

    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(m_type);
    layout->addStretch(1);
    layout->addWidget(makeLabel(tr("Params (M)"), m_low, this));
    layout->addWidget(m_low);
    layout->addWidget(new QLabel(QStringLiteral("–"), this));
    layout->addWidget(m_high);
    layout->addStretch(1);
    layout->addWidget(m_tickedOnly);
    connect(m_type, &QComboBox::currentIndexChanged, this, &CataloguePanel::applyFilter);
    connect(m_low, &QLineEdit::textChanged, this, &CataloguePanel::applyFilter);
    connect(m_high, &QLineEdit::textChanged, this, &CataloguePanel::applyFilter);
    connect(m_tickedOnly, &QCheckBox::toggled, this, &CataloguePanel::applyFilter);
    return row;
}

QWidget* CataloguePanel::buildFoot()
{
    m_summary->setObjectName("catalogueSummary");
    m_summary->setWordWrap(true);
    describeControl(m_add, "addModelButton", tr("Add model file"), tr("Put a model of your own on the list"));
    m_add->setFocusPolicy(Qt::StrongFocus);
    m_add->setToolButtonStyle(Qt::ToolButtonTextOnly);
    auto* foot = new QWidget(this);
    auto* layout = new QHBoxLayout(foot);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_summary, 1);
    layout->addWidget(m_add, 0, Qt::AlignTop);
    return foot;
}

void CataloguePanel::setFileActions(QAction* add, QAction* save)
{
    m_addAction = add;
    m_saveAction = save;
    m_add->setDefaultAction(add);
}

void CataloguePanel::buildTable()
{
    m_table->setModel(m_proxy);
    describeControl(m_table, "catalogueTable", tr("Catalogue of architectures"), {});
    makePlainTable(m_table);
    m_table->setSortingEnabled(true);
    m_table->horizontalHeader()->setSortIndicatorClearable(true);
    m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    m_table->horizontalHeader()->setSectionsMovable(true);
    for (int column = 0; column < CatalogueModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, kWidths[column]);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->installEventFilter(this);
    connect(m_table, &QTableView::customContextMenuRequested, this, &CataloguePanel::showMenu);
    connect(m_table, &QTableView::doubleClicked, this, &CataloguePanel::tickSelected);
    showWhenEmpty(m_table, tr("No architecture fits the search.\nClear it to see all of them."));
}

void CataloguePanel::loadCosts()
{
    QThreadPool::globalInstance()->start([model = QPointer<CatalogueModel>(m_model)] {
        auto costs = catalogueCosts();
        if (auto* application = QCoreApplication::instance())
            QMetaObject::invokeMethod(application, [model, costs = std::move(costs)] {
                if (model)
                    model->setCosts(costs);
            });
    });
}

void CataloguePanel::addModelFiles(const QStringList& paths)
{
    for (const QString& path : paths)
        readFile(QFileInfo(path).absoluteFilePath(), true);
}

QString CataloguePanel::currentModel() const
{
    return m_table->currentIndex().data(CatalogueModel::ModelRole).toString();
}

void CataloguePanel::readFile(const QString& model, bool isNew)
{
    const std::vector<Shape>& inputs = m_document->session().setup.inputs;
    const Shape input = inputs.size() == 1 ? inputs.front() : Shape{};
    QThreadPool::globalInstance()->start([panel = QPointer<CataloguePanel>(this), model, input, isNew] {
        const ModelFile file = readModelFile(model, input);
        if (auto* application = QCoreApplication::instance())
            QMetaObject::invokeMethod(application, [panel, file, isNew] {
                if (panel)
                    panel->takeFile(file, isNew);
            });
    });
}

void CataloguePanel::takeFile(const ModelFile& file, bool isNew)
{
    if (isNew)
        m_notAdded = file.problem;
    if (isNew ? file.isSound() || m_model->holds(file.model) : m_model->holds(file.model))
        m_model->setFile(file);
    if (isNew && file.isSound() && !m_model->ticked().contains(file.model))
        setModels(m_model->ticked() + QStringList{file.model}, tr("Add %1").arg(shortModelName(file.model)));
    if (isNew && file.isSound())
        showRow(file.model);
    showProblem();
}

/// What was just added stands at the end of a long list.
void CataloguePanel::showRow(const QString& model)
{
    const auto found =
        m_proxy->match(m_proxy->index(0, CatalogueModel::Name), CatalogueModel::ModelRole, model, 1, Qt::MatchExactly);
    if (found.isEmpty())
        return;
    m_table->setCurrentIndex(found.first());
    m_table->scrollTo(found.first());
}

QStringList CataloguePanel::selectedFiles() const
{
    QStringList models;
    for (const QModelIndex& row : m_table->selectionModel()->selectedRows(CatalogueModel::Name)) {
        const QString model = row.data(CatalogueModel::ModelRole).toString();
        const auto& files = m_model->files();
        if (std::any_of(files.begin(), files.end(), [&](const ModelFile& file) { return file.model == model; }))
            models << model;
    }
    return models;
}

void CataloguePanel::removeFiles(const QStringList& models)
{
    QStringList left = m_model->ticked();
    for (const QString& model : models) {
        left.removeAll(model);
        m_model->removeFile(model);
    }
    const QString what = models.size() == 1 ? shortModelName(models.first()) : tr("%1 models").arg(models.size());
    setModels(left, tr("Remove %1").arg(what));
    showProblem();
}

/// One sentence: on a ticked file that cannot be used, or else on the last that could not be added.
void CataloguePanel::showProblem()
{
    QString problem = m_notAdded;
    for (const ModelFile& file : m_model->files())
        if (!file.problem.isEmpty() && m_model->ticked().contains(file.model))
            problem = file.problem;
    m_fileError->setText(problem);
    m_fileError->setVisible(!problem.isEmpty());
}

void CataloguePanel::applyFilter()
{
    const auto parsed = parseCatalogueFilter(m_search->text());
    m_error->setVisible(!parsed);
    if (!parsed) {
        m_error->setText(toQString(parsed.error().message));
        return;
    }
    CatalogueFilter filter = *parsed;
    if (const QString type = m_type->currentData().toString(); !type.isEmpty())
        filter.types << type;
    CatalogueFilter::Range params;
    params.column = CatalogueModel::Params;
    if (!m_low->text().isEmpty())
        params.low = m_low->text().toDouble();
    if (!m_high->text().isEmpty())
        params.high = m_high->text().toDouble();
    if (!m_low->text().isEmpty() || !m_high->text().isEmpty())
        filter.ranges.push_back(params);
    filter.tickedOnly = m_tickedOnly->isChecked();
    m_proxy->setFilter(filter);
}

void CataloguePanel::tickSelected()
{
    const auto rows = m_table->selectionModel()->selectedRows(CatalogueModel::Name);
    if (rows.isEmpty())
        return;
    const bool tick = std::any_of(rows.begin(), rows.end(), [](const QModelIndex& row) {
        return row.data(Qt::CheckStateRole).toInt() != Qt::Checked;
    });
    QStringList names = m_model->ticked();
    for (const QModelIndex& row : rows) {
        const QString name = row.data(CatalogueModel::ModelRole).toString();
        if (!tick)
            names.removeAll(name);
        else if (!names.contains(name))
            names << name;
    }
    const QString what = rows.size() == 1 ? rows.first().data().toString() : tr("%1 architectures").arg(rows.size());
    setModels(names, tick ? tr("Tick %1").arg(what) : tr("Untick %1").arg(what));
}

void CataloguePanel::setModels(const QStringList& names, const QString& what)
{
    Setup setup = m_document->setup();
    setup.models.clear();
    for (const QString& name : names)
        setup.models.push_back(name.toStdString());
    m_document->setSetup(setup, what);
}

void CataloguePanel::showSetup()
{
    const QStringList models = modelsOf(m_document->setup());
    for (const QString& model : models)
        if (!m_model->holds(model)) {
            m_model->setFile(unread(model));
            readFile(model, false);
        }
    m_model->setTicked(models);
    showProblem();
    QStringList names;
    for (const QString& model : models)
        names << shortModelName(model);
    m_summary->setText(
        names.isEmpty() ? tr("Nothing ticked yet.")
                        : tr("%1 of %2 ticked: %3")
                              .arg(names.size())
                              .arg(m_model->rowCount())
                              .arg(names.size() > 4 ? names.mid(0, 4).join(QStringLiteral(", ")) + QStringLiteral(", …")
                                                    : names.join(QStringLiteral(", "))));
    m_summary->setToolTip(names.join(QLatin1Char('\n')));
}

void CataloguePanel::showMenu(const QPoint& where)
{
    QMenu menu(this);
    menu.addAction(tr("Tick or untick the selected"), this, &CataloguePanel::tickSelected);
    menu.addAction(tr("Untick all"), this, [this] { setModels({}, tr("Untick all")); });
    if (m_addAction && m_saveAction) {
        menu.addSeparator();
        menu.addActions({m_addAction, m_saveAction});
    }
    if (const QStringList files = selectedFiles(); !files.isEmpty())
        menu.addAction(tr("Remove from the list"), this, [this, files] { removeFiles(files); })
            ->setObjectName("removeModelAction");
    menu.exec(m_table->viewport()->mapToGlobal(where));
}

} // namespace lathe::ui
