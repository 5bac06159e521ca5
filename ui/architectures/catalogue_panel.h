#pragma once

#include <QWidget>

class QAction;
class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QTableView;
class QToolButton;

namespace lathe::ui {

class CatalogueModel;
class CatalogueProxy;
class Document;
struct ModelFile;

/// The catalogue with its search and filters; ticked rows are the setup's models.
class CataloguePanel : public QWidget {
    Q_OBJECT

public:
    explicit CataloguePanel(Document* document, QWidget* parent = nullptr);

    void focusSearch();

    /// Works the costs out on another thread; once the window shows.
    void loadCosts();

    /// Reads them on another thread and ticks those that can be used; what is wrong with another stands below the
    /// list.
    void addModelFiles(const QStringList& paths);

    /// The current row's model as the setup names it; empty without one.
    QString currentModel() const;

    /// Puts the window's commands where the list is: a button for `add`, and both in the menu of a row.
    void setFileActions(QAction* add, QAction* save);

    QTableView* table() const { return m_table; }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* buildFilters();
    QWidget* buildFoot();
    void buildTable();
    void applyFilter();
    void tickSelected();
    void setModels(const QStringList& names, const QString& what);
    void readFile(const QString& model, bool isNew);
    void takeFile(const ModelFile& file, bool isNew);
    void showRow(const QString& model);
    QStringList selectedFiles() const;
    void removeFiles(const QStringList& models);
    void showSetup();
    void showProblem();
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
    QLabel* m_fileError;
    QLabel* m_summary;
    QToolButton* m_add;
    QAction* m_addAction = nullptr;
    QAction* m_saveAction = nullptr;
    QString m_notAdded; ///< why the last file could not be
};

} // namespace lathe::ui
