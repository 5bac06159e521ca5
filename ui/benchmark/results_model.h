#pragma once

#include <QAbstractTableModel>

#include <string>
#include <vector>

namespace lathe::ui {

class Document;

/// The document's records, one row each, with the columns of `resultsColumns`. Notes are written in place.
class ResultsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role { SortRole = Qt::UserRole, IdRole };

    explicit ResultsModel(Document* document, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// -1 if there is none.
    int rowOf(const QString& id) const;

private:
    QString text(std::size_t row, int column) const;
    void appended(int row);
    void reset();
    void tellUnit();

    Document* m_document;
    int m_rows = 0;
    std::vector<std::string> m_titles; ///< of the models, one a record
};

} // namespace lathe::ui
