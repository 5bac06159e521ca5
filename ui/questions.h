#pragma once

#include <QString>

#include <functional>

class QWidget;

namespace lathe::ui {

/// What the window asks its user. Tests put their own answers in.
struct Questions {
    enum class Changes { Save, Discard, Cancel };
    enum class LeftBehind { Restore, Discard, Later };

    /// An empty path: the user thought better of it.
    std::function<QString(QWidget*, const QString& title, const QString& filter)> openFile;
    /// With the ending of the filter that was chosen; the user has agreed to replace a file of that name.
    std::function<QString(QWidget*, const QString& title, const QString& suggested, const QString& filter)> saveFile;
    std::function<Changes(QWidget*, const QString& text)> saveChanges;
    std::function<LeftBehind(QWidget*, const QString& text)> restore;
    /// `yes` names what will be done.
    std::function<bool(QWidget*, const QString& text, const QString& yes)> confirm;
    std::function<void(QWidget*, const QString& title, const QString& text)> tell;
    /// One that is there, or that the user made in the dialog.
    std::function<QString(QWidget*, const QString& title)> chooseFolder = {};

    /// The dialogs a user sees.
    static Questions dialogs();
};

/// `path` with an ending that the filter names ("JSON (*.json)"), in place of one that another part of `filters` names.
QString withEndingOf(const QString& filter, const QString& filters, const QString& path);

} // namespace lathe::ui
