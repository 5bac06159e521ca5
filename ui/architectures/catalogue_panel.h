#pragma once

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QTableView;

namespace lathe::ui {

class CatalogueModel;
class CatalogueProxy;
class Document;

/// The catalogue with its search and filters; ticked rows are the setup's models.
class CataloguePanel : public QWidget {
    Q_OBJECT

public:
    explicit CataloguePanel(Document* document, QWidget* parent = nullptr);

    void focusSearch();

    /// Works the costs out on another thread; once the window shows.
    void loadCosts();

    QTableView* table() const { return m_table; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* buildFilters();
    void buildTable();
    void applyFilter();
    void tickSelected();
    void setModels(const QStringList& names, const QString& what);
    void showSetup();
    void showMenu(const QPoint& where);

    Document* m_document;
    CatalogueModel* m_model;
    CatalogueProxy* m_proxy;
    QTableView* m_table;
    QLineEdit* m_search;
    QComboBox* m_type;
    QLineEdit* m_low;
    QLineEdit* m_high;
    QCheckBox* m_tickedOnly;
    QLabel* m_error;
    QLabel* m_summary;
};

} // namespace lathe::ui
