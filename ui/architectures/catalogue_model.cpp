#include "ui/architectures/catalogue_model.h"

#include <QGuiApplication>
#include <QPalette>

#include <algorithm>

#include "core/graph/cost.h"
#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

constexpr double kMebibyte = 1048576.0;
constexpr double kTiny = 0.01; ///< below, more digits only take room

struct ColumnInfo {
    const char* title;
    const char* tip;
};

constexpr ColumnInfo kColumns[CatalogueModel::ColumnCount] = {
    {QT_TR_NOOP("Architecture"), QT_TR_NOOP("Tick what is to be measured (Space ticks the selected rows)")},
    {QT_TR_NOOP("Params"), QT_TR_NOOP("Trainable parameters in millions")},
    {QT_TR_NOOP("GMACs"), QT_TR_NOOP("Billions of multiply-accumulates for one image at the default input; 1 MAC is 2 "
                                     "FLOPs")},
    {QT_TR_NOOP("Top-1"), QT_TR_NOOP("Published ImageNet-1k top-1 accuracy of torchvision's default weights, percent")},
    {QT_TR_NOOP("Type"), QT_TR_NOOP("cnn, vit, mlp, hybrid or transformer")},
    {QT_TR_NOOP("File"), QT_TR_NOOP("Size of the published weight file in MB (10⁶ bytes)")},
    {QT_TR_NOOP("Year"), QT_TR_NOOP("Year of the paper")},
    {QT_TR_NOOP("Family"), QT_TR_NOOP("Architectures of one paper or its sequel")},
};

bool isNumber(int column)
{
    return column != CatalogueModel::Name && column != CatalogueModel::Type && column != CatalogueModel::Family;
}

const Architecture& architecture(int row)
{
    return catalogue()[static_cast<std::size_t>(row)];
}

QVariant fileValue(const ModelFile& file, int column)
{
    switch (column) {
    case CatalogueModel::Name:
        return shortModelName(file.model);
    case CatalogueModel::Type:
        return file.isRead && !file.isSound() ? QObject::tr("missing") : file.type;
    case CatalogueModel::Family:
        return file.family;
    case CatalogueModel::Params:
        return file.isSound() ? static_cast<double>(file.params) / 1e6 : QVariant();
    case CatalogueModel::Gmacs:
        return file.isSound() ? static_cast<double>(file.macs) / 1e9 : QVariant();
    case CatalogueModel::File:
        return file.bytes ? static_cast<double>(*file.bytes) / 1e6 : QVariant();
    default:
        return {};
    }
}

QString fileTip(const ModelFile& file)
{
    if (!file.isRead)
        return QObject::tr("%1\nis being read…").arg(file.model);
    if (!file.problem.isEmpty())
        return file.problem;
    const QString what = QObject::tr("%1\n%2, input %3").arg(file.model, file.family, file.input);
    return (QStringList(what) + file.notes).join(QLatin1Char('\n'));
}

} // namespace

std::vector<CatalogueCost> catalogueCosts()
{
    std::vector<CatalogueCost> costs;
    for (const Architecture& architecture : catalogue()) {
        const auto graph = architecture.build({});
        const GraphCost whole = graph ? cost(*graph) : GraphCost{};
        costs.push_back({whole.parameters, whole.macs});
    }
    return costs;
}

CatalogueModel::CatalogueModel(QObject* parent) : QAbstractTableModel(parent) {}

int CatalogueModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(catalogue().size() + m_files.size());
}

int CatalogueModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant CatalogueModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(index.row(), index.column());
    case SortRole:
        return sortValue(index.row(), index.column());
    case ModelRole:
        return modelOf(index.row());
    case Qt::CheckStateRole:
        if (index.column() != Name)
            return {};
        return m_ticked.contains(modelOf(index.row())) ? Qt::Checked : Qt::Unchecked;
    case Qt::ForegroundRole:
        if (const ModelFile* file = fileAt(index.row()); file && !file->isSound())
            return QGuiApplication::palette().brush(QPalette::Disabled, QPalette::Text);
        return {};
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(isNumber(index.column())));
    case Qt::ToolTipRole:
        return tooltip(index.row());
    default:
        return {};
    }
}

bool CatalogueModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || index.column() != Name || role != Qt::CheckStateRole)
        return false;
    const QString name = modelOf(index.row());
    const bool tick = value.toInt() == Qt::Checked;
    if (tick == m_ticked.contains(name))
        return true;
    tick ? m_ticked.append(name) : static_cast<void>(m_ticked.removeAll(name));
    Q_EMIT dataChanged(index, index);
    Q_EMIT tickEdited(name, tick);
    return true;
}

Qt::ItemFlags CatalogueModel::flags(const QModelIndex& index) const
{
    const auto flags = QAbstractTableModel::flags(index);
    return index.isValid() && index.column() == Name ? flags | Qt::ItemIsUserCheckable : flags;
}

QVariant CatalogueModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [](int column) {
        return ColumnHeader{tr(kColumns[column].title), tr(kColumns[column].tip), cellAlignment(isNumber(column))};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

void CatalogueModel::setCosts(std::vector<CatalogueCost> costs)
{
    m_costs = std::move(costs);
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, Params), index(rowCount() - 1, Gmacs), {Qt::DisplayRole, SortRole});
}

void CatalogueModel::setFile(const ModelFile& file)
{
    const int row = rowOfFile(file.model);
    if (row >= 0) {
        m_files[static_cast<std::size_t>(row) - catalogue().size()] = file;
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        return;
    }
    beginInsertRows({}, rowCount(), rowCount());
    m_files.push_back(file);
    endInsertRows();
}

void CatalogueModel::removeFile(const QString& model)
{
    const int row = rowOfFile(model);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_files.erase(m_files.begin() + row - static_cast<int>(catalogue().size()));
    endRemoveRows();
}

bool CatalogueModel::holds(const QString& model) const
{
    return rowOfFile(model) >= 0 || std::any_of(catalogue().begin(), catalogue().end(),
                                                [&](const Architecture& a) { return model == toQString(a.name); });
}

void CatalogueModel::setTicked(const QStringList& models)
{
    if (models == m_ticked)
        return;
    m_ticked = models;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, Name), index(rowCount() - 1, Name));
}

QString CatalogueModel::text(int row, int column) const
{
    const QVariant value = sortValue(row, column);
    if (!value.isValid())
        return {};
    switch (column) {
    case Params:
    case Gmacs:
    case File: {
        const double number = value.toDouble();
        return rounded(number, number < kTiny ? 1 : 3);
    }
    case Top1:
        return QString::number(value.toDouble(), 'f', 1);
    default:
        return value.toString();
    }
}

const ModelFile* CatalogueModel::fileAt(int row) const
{
    const auto all = static_cast<int>(catalogue().size());
    return row < all ? nullptr : &m_files[static_cast<std::size_t>(row - all)];
}

int CatalogueModel::rowOfFile(const QString& model) const
{
    const auto found =
        std::find_if(m_files.begin(), m_files.end(), [&](const ModelFile& file) { return file.model == model; });
    return found == m_files.end()
               ? -1
               : static_cast<int>(catalogue().size() + static_cast<std::size_t>(found - m_files.begin()));
}

QString CatalogueModel::modelOf(int row) const
{
    const ModelFile* file = fileAt(row);
    return file ? file->model : toQString(architecture(row).name);
}

QVariant CatalogueModel::sortValue(int row, int column) const
{
    if (const ModelFile* file = fileAt(row))
        return fileValue(*file, column);
    const Architecture& shown = architecture(row);
    const PublishedWeights* weights = shown.defaultWeights();
    const bool costed = static_cast<std::size_t>(row) < m_costs.size();
    switch (column) {
    case Name:
        return toQString(shown.name);
    case Type:
        return toQString(lathe::name(shown.type));
    case Params:
        return costed ? static_cast<double>(m_costs[static_cast<std::size_t>(row)].params) / 1e6 : QVariant();
    case Gmacs:
        return costed ? static_cast<double>(m_costs[static_cast<std::size_t>(row)].macs) / 1e9 : QVariant();
    case Top1:
        return weights ? 100.0 * weights->top1 : QVariant();
    case File:
        return weights ? weights->fileMegabytes * kMebibyte / 1e6 : QVariant();
    case Year:
        return shown.year;
    case Family:
        return toQString(shown.family);
    default:
        return {};
    }
}

QString CatalogueModel::tooltip(int row) const
{
    if (const ModelFile* file = fileAt(row))
        return fileTip(*file);
    const Architecture& shown = architecture(row);
    QString tip = tr("%1 (%2, %3), default input %4")
                      .arg(toQString(shown.name), toQString(shown.family))
                      .arg(shown.year)
                      .arg(toQString(inputText(shown.defaultInput, shown.vocabulary)));
    if (const PublishedWeights* weights = shown.defaultWeights())
        tip += tr("\nTop-1 %1 % at %2 pixels (%3)")
                   .arg(100.0 * weights->top1, 0, 'f', 1)
                   .arg(weights->crop)
                   .arg(toQString(weights->name));
    return tip;
}

} // namespace lathe::ui
