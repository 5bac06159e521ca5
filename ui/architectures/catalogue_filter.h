#pragma once

#include <QSortFilterProxyModel>
#include <QString>
#include <QStringList>

#include <limits>
#include <vector>

#include "core/base/result.h"
#include "ui/architectures/catalogue_model.h"

namespace lathe::ui {

/// Which rows of the catalogue are shown: all conditions at once.
struct CatalogueFilter {
    struct Range {
        int column = 0; ///< of CatalogueModel, a number
        double low = -std::numeric_limits<double>::infinity();
        double high = std::numeric_limits<double>::infinity();
        bool operator==(const Range&) const = default;
    };
    QStringList words;    ///< each in the name or the family
    QStringList types;    ///< each equal to the type
    QStringList families; ///< each in the family
    std::vector<Range> ranges;
    bool tickedOnly = false;
    bool operator==(const CatalogueFilter&) const = default;
};

/// "swin type:vit params:20-30 gmacs<5 top1>=80": words and conditions, in any order. The error is a sentence.
Result<CatalogueFilter> parseCatalogueFilter(const QString& text);

/// Sorts by value (unknown ones last) and filters.
class CatalogueProxy : public QSortFilterProxyModel {
    Q_OBJECT

public:
    explicit CatalogueProxy(CatalogueModel* model, QObject* parent = nullptr);
    void setFilter(const CatalogueFilter& filter);
    const CatalogueFilter& filter() const { return m_filter; }

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    CatalogueModel* m_model;
    CatalogueFilter m_filter;
};

} // namespace lathe::ui
