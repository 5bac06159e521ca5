#pragma once

#include <QObject>

#include "ui/questions.h"

class QWidget;

namespace lathe::ui {

class CataloguePanel;

/// Asks which model files to add to the list, and where to save an architecture.
class ModelFiles : public QObject {
    Q_OBJECT

public:
    ModelFiles(CataloguePanel* panel, Questions questions, QWidget* window);

    void add();
    /// Of the list's current row, as JSON; written on another thread.
    void saveArchitecture();

Q_SIGNALS:
    void told(const QString& message); ///< for the status bar

private:
    void saved(const QString& path, const QString& problem);

    CataloguePanel* m_panel;
    Questions m_questions;
    QWidget* m_window;
};

} // namespace lathe::ui
