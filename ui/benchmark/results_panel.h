#pragma once

#include <QWidget>

class QMenu;
class QTableView;

namespace lathe::ui {

class Document;
class ResultsModel;
class ValueSortProxy;
struct TableText;

/// The results table: one selection with the plots, columns chosen and ordered by the user.
class ResultsPanel : public QWidget {
    Q_OBJECT

public:
    explicit ResultsPanel(Document* document, QWidget* parent = nullptr);

    QTableView* table() const { return m_table; }

    void copyTsv() const;
    void copyMarkdown() const;
    void deleteSelected();

Q_SIGNALS:
    void contextMenuRequested(const QPoint& globalPosition);

private:
    void restoreDefaultColumns();
    void buildTable();
    void takeSelection();
    void showSelection();
    void showColumnMenu(const QPoint& where);
    QString copied(QString (*format)(const TableText&)) const;

    Document* m_document;
    ResultsModel* m_model;
    ValueSortProxy* m_proxy;
    QTableView* m_table;
    bool m_syncing = false;
};

} // namespace lathe::ui
