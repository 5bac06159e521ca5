#pragma once

#include <QLabel>
#include <QString>

class QPushButton;
class QTableView;
class QWidget;

/// What every control of the window has in common.
namespace lathe::ui {

/// Object name (tests), accessible name (assistive technology) and tooltip.
void describeControl(QWidget* control, const char* objectName, const QString& accessibleName, const QString& tooltip);

QPushButton* makeButton(const char* objectName, const QString& text, const QString& tooltip, QWidget* parent);

/// A label that names its buddy and passes the focus on.
QLabel* makeLabel(const QString& text, QWidget* buddy, QWidget* parent);

/// A sentence about a field that cannot be as it is: in a warning colour that follows the theme, hidden while empty.
class ErrorLabel : public QLabel {
    Q_OBJECT

public:
    explicit ErrorLabel(QWidget* parent);

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();
    bool m_colouring = false;
};

/// Whole rows, no grid, thin rows, no row numbers, Tab leaves the table.
void makePlainTable(QTableView* table);

} // namespace lathe::ui
