#pragma once

#include <QAbstractTableModel>
#include <QStringList>

#include <optional>
#include <vector>

#include "core/architectures/catalogue.h"
#include "ui/architectures/model_file.h"

namespace lathe::ui {

/// What an architecture costs at its default input, one sample.
struct CatalogueCost {
    std::int64_t params = 0;
    std::int64_t macs = 0;
};

/// Builds every graph of the catalogue, in its order: for a worker, so that the window shows first.
std::vector<CatalogueCost> catalogueCosts();

/// The catalogue as a table, with model files behind; ticked rows are what will be measured. Costs come later
/// (`setCosts`).
class CatalogueModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, Params, Gmacs, Top1, Type, File, Year, Family, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, ///< a number or a text; invalid where unknown
        ModelRole                ///< the row's model as the setup names it
    };

    explicit CatalogueModel(QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    void setCosts(std::vector<CatalogueCost> costs);

    /// A row for it, or what its row shows from now on.
    void setFile(const ModelFile& file);
    void removeFile(const QString& model);
    const std::vector<ModelFile>& files() const { return m_files; }
    /// Whether it has a row.
    bool holds(const QString& model) const;

    /// Models in the order they were ticked; ones that have no row are kept.
    const QStringList& ticked() const { return m_ticked; }
    void setTicked(const QStringList& models);

Q_SIGNALS:
    /// The user ticked or unticked one.
    void tickEdited(const QString& model, bool ticked);

private:
    QString text(int row, int column) const;
    QVariant sortValue(int row, int column) const;
    QString modelOf(int row) const;
    QString tooltip(int row) const;
    /// Null for a row of the catalogue.
    const ModelFile* fileAt(int row) const;
    int rowOfFile(const QString& model) const; ///< -1: none

    std::vector<CatalogueCost> m_costs; ///< empty until known
    std::vector<ModelFile> m_files;
    QStringList m_ticked;
};

} // namespace lathe::ui
