#pragma once

#include <QAbstractTableModel>
#include <QStringList>

#include <optional>
#include <vector>

#include "core/architectures/catalogue.h"

namespace lathe::ui {

/// What an architecture costs at its default input, one sample.
struct CatalogueCost {
    std::int64_t params = 0;
    std::int64_t macs = 0;
};

/// Builds every graph of the catalogue, in its order: for a worker, so that the window shows first.
std::vector<CatalogueCost> catalogueCosts();

/// The catalogue as a table; ticked rows are what will be measured. Costs come later (`setCosts`).
class CatalogueModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, Params, Gmacs, Top1, Type, File, Year, Family, ColumnCount };
    enum Role { SortRole = Qt::UserRole }; ///< a number or a text; invalid where unknown

    explicit CatalogueModel(QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    void setCosts(std::vector<CatalogueCost> costs);

    /// Names in the order they were ticked; ones that are not in the catalogue (model files) are kept.
    const QStringList& ticked() const { return m_ticked; }
    void setTicked(const QStringList& names);

    const Architecture& architecture(int row) const { return catalogue()[static_cast<std::size_t>(row)]; }

Q_SIGNALS:
    /// The user ticked or unticked one.
    void tickEdited(const QString& name, bool ticked);

private:
    QString text(int row, int column) const;
    QVariant sortValue(int row, int column) const;
    QString tooltip(int row) const;

    std::vector<CatalogueCost> m_costs; ///< empty until known
    QStringList m_ticked;
};

} // namespace lathe::ui
