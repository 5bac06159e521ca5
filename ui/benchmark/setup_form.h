#pragma once

#include <QWidget>

#include <functional>
#include <vector>

#include "core/session/session.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QLineEdit;

namespace lathe::ui {

class Document;

/// How the ticked architectures are measured: the fields of the setup, each checked in place.
class SetupForm : public QWidget {
    Q_OBJECT

public:
    explicit SetupForm(Document* document, QWidget* parent = nullptr);

    /// Every field holds something that can be.
    bool isValid() const;

    /// Takes over numbers that are still being written.
    void commit();

    /// Beside those that are ticked.
    void tickMode(const QString& mode);

    /// Shown when there is a choice.
    void setDevices(const QStringList& devices);

Q_SIGNALS:
    void validityChanged();

private:
    /// A line of text that stands for a part of the setup.
    struct TextField {
        QLineEdit* edit;
        QLabel* error;
        std::function<Result<Setup>(const Setup&, const QString&)> parse;
        std::function<QString(const Setup&)> text;
        QString what; ///< names the edit in the undo menu
    };

    /// Of a field in the grid; its error has a line of its own below.
    struct Place {
        int row;
        int column;
        int span; ///< columns of the field
        int errorRow;
    };

    void addModes(QGridLayout* grid, int row);
    void addText(QGridLayout* grid, const Place& place, const char* objectName, const QString& label,
                 const QString& tip, TextField field);
    void addTextFields(QGridLayout* grid);
    void addLimits(QGridLayout* grid, int row);
    void addChecks(QGridLayout* grid, int row);
    void edited(const TextField& field);
    void modesEdited();
    void change(const QString& what, const std::function<void(Setup&)>& edit);
    void showSetup();
    void showModeNote(const std::vector<std::string>& modes);
    void showText(const TextField& field);

    Document* m_document;
    Setup m_shown;
    std::vector<QCheckBox*> m_modes;
    QLabel* m_modeNote;
    std::vector<TextField> m_texts;
    QDoubleSpinBox* m_precision;
    QDoubleSpinBox* m_seconds;
    QCheckBox* m_isolate;
    QCheckBox* m_layers;
    QCheckBox* m_keepMemory;
    QLabel* m_deviceLabel;
    QComboBox* m_device;
};

} // namespace lathe::ui
