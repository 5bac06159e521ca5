#pragma once

#include <QStringList>
#include <QTableView>

#include "core/analysis/choice.h"

namespace lathe::ui {

class ChoiceModel;
class ValueSortProxy;

/// The candidates of a choice, the best first.
class ChoiceTable : public QTableView {
    Q_OBJECT

public:
    explicit ChoiceTable(QWidget* parent = nullptr);

    /// Nothing is selected then, which is not told.
    void setChoice(Choice choice, const std::vector<Record>& records);
    const Choice& choice() const;

    void showSelected(const QStringList& ids);

    /// What is selected, or all, as shown, for a spreadsheet.
    void copy() const;

Q_SIGNALS:
    /// By the user.
    void selected(const QStringList& ids);

private:
    void takeSelection();

    ChoiceModel* m_model;
    ValueSortProxy* m_proxy;
    bool m_syncing = false;
};

} // namespace lathe::ui
