#include "ui/architectures/catalogue_filter.h"

#include <QRegularExpression>

#include <algorithm>
#include <optional>

#include "ui/sorting.h"

namespace lathe::ui {

namespace {

std::optional<int> numericColumn(const QString& key)
{
    static const std::pair<const char*, int> kKeys[] = {
        {"params", CatalogueModel::Params}, {"gmacs", CatalogueModel::Gmacs}, {"macs", CatalogueModel::Gmacs},
        {"top1", CatalogueModel::Top1},     {"file", CatalogueModel::File},   {"year", CatalogueModel::Year}};
    for (const auto& [name, column] : kKeys)
        if (key == QLatin1String(name))
            return column;
    return std::nullopt;
}

/// "20-30", ">20", "<=30", "25".
std::optional<CatalogueFilter::Range> parseRange(int column, const QString& sign, const QString& text)
{
    CatalogueFilter::Range range;
    range.column = column;
    const QStringList parts = text.split(QLatin1Char('-'));
    bool lowOk = false;
    bool highOk = false;
    const double low = parts.first().toDouble(&lowOk);
    const double high = parts.last().toDouble(&highOk);
    if (!lowOk || !highOk || parts.size() > 2)
        return std::nullopt;
    if (sign.startsWith(QLatin1Char('<')))
        range.high = high;
    else if (sign.startsWith(QLatin1Char('>')))
        range.low = low;
    else
        range = {column, std::min(low, high), std::max(low, high)};
    return range;
}

Result<void> addTerm(CatalogueFilter& filter, const QString& term)
{
    static const QRegularExpression kCondition(QStringLiteral("^([a-z0-9]+)(:|=|<=|>=|<|>)(.*)$"));
    const auto match = kCondition.match(term);
    if (!match.hasMatch()) {
        filter.words << term;
        return {};
    }
    const QString key = match.captured(1);
    const QString value = match.captured(3);
    if (key == QLatin1String("type") || key == QLatin1String("family")) {
        (key == QLatin1String("type") ? filter.types : filter.families) << value;
        return {};
    }
    const auto column = numericColumn(key);
    const auto range = column ? parseRange(*column, match.captured(2), value) : std::nullopt;
    if (!range)
        return fail(ErrorCode::InvalidArgument,
                    QObject::tr("“%1” is not understood: write words, type:vit, params:20-30, gmacs<5 or top1>80.")
                        .arg(term)
                        .toStdString());
    filter.ranges.push_back(*range);
    return {};
}

} // namespace

Result<CatalogueFilter> parseCatalogueFilter(const QString& text)
{
    CatalogueFilter filter;
    for (const QString& term : text.toLower().split(QRegularExpression(QStringLiteral("\\s+")), Qt::SkipEmptyParts))
        if (auto added = addTerm(filter, term); !added)
            return tl::unexpected(added.error());
    return filter;
}

CatalogueProxy::CatalogueProxy(CatalogueModel* model, QObject* parent) : QSortFilterProxyModel(parent), m_model(model)
{
    setSourceModel(model);
    setSortRole(CatalogueModel::SortRole);
    setDynamicSortFilter(true);
}

void CatalogueProxy::setFilter(const CatalogueFilter& filter)
{
    if (filter == m_filter)
        return;
    m_filter = filter;
    invalidateFilter();
}

bool CatalogueProxy::filterAcceptsRow(int row, const QModelIndex&) const
{
    const auto value = [&](int column) { return m_model->index(row, column).data(CatalogueModel::SortRole); };
    const QString model = m_model->index(row, CatalogueModel::Name).data(CatalogueModel::ModelRole).toString();
    const QString name = value(CatalogueModel::Name).toString().toLower();
    const QString family = value(CatalogueModel::Family).toString().toLower();
    const QString type = value(CatalogueModel::Type).toString();
    const auto all = [](const auto& conditions, const auto& holds) {
        return std::all_of(conditions.begin(), conditions.end(), holds);
    };
    return (!m_filter.tickedOnly || m_model->ticked().contains(model)) &&
           all(m_filter.words, [&](const QString& word) { return name.contains(word) || family.contains(word); }) &&
           all(m_filter.types, [&](const QString& wanted) { return type == wanted; }) &&
           all(m_filter.families, [&](const QString& wanted) { return family.contains(wanted); }) &&
           all(m_filter.ranges, [&](const CatalogueFilter::Range& range) {
               const QVariant number = value(range.column);
               return number.isValid() && number.toDouble() >= range.low && number.toDouble() <= range.high;
           });
}

bool CatalogueProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    return lessByValue(left.data(sortRole()), right.data(sortRole()), sortOrder());
}

} // namespace lathe::ui
