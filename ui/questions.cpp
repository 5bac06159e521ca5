#include "ui/questions.h"

#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>

namespace lathe::ui {

namespace {

/// ".json" of "JSON (*.json)".
QString endingOf(const QString& filter)
{
    const qsizetype star = filter.indexOf(QLatin1String("(*."));
    return star < 0 ? QString() : filter.mid(star + 2, filter.indexOf(QLatin1Char(')'), star) - star - 2);
}

/// The suggested name has the first filter's ending; the filter the user chose decides.
QString askSaveFile(QWidget* parent, const QString& title, const QString& suggested, const QString& filter)
{
    QString chosen;
    QString path = QFileDialog::getSaveFileName(parent, title, suggested, filter, &chosen);
    const QString first = endingOf(filter);
    const QString wanted = endingOf(chosen);
    if (!path.isEmpty() && !wanted.isEmpty() && wanted != first && path.endsWith(first, Qt::CaseInsensitive))
        path = path.chopped(first.size()) + wanted;
    return path;
}

Questions::Changes askChanges(QWidget* parent, const QString& text)
{
    const auto answer =
        QMessageBox::question(parent, QObject::tr("Unsaved changes"), text,
                              QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, QMessageBox::Save);
    if (answer == QMessageBox::Save)
        return Questions::Changes::Save;
    return answer == QMessageBox::Discard ? Questions::Changes::Discard : Questions::Changes::Cancel;
}

Questions::LeftBehind askRestore(QWidget* parent, const QString& text)
{
    QMessageBox box(QMessageBox::Question, QObject::tr("Restore what was measured"), text, QMessageBox::NoButton,
                    parent);
    const auto* restore = box.addButton(QObject::tr("Restore"), QMessageBox::AcceptRole);
    const auto* discard = box.addButton(QObject::tr("Discard"), QMessageBox::DestructiveRole);
    auto* later = box.addButton(QObject::tr("Ask next time"), QMessageBox::RejectRole);
    box.setEscapeButton(later);
    box.exec();
    if (box.clickedButton() == restore)
        return Questions::LeftBehind::Restore;
    return box.clickedButton() == discard ? Questions::LeftBehind::Discard : Questions::LeftBehind::Later;
}

bool askConfirm(QWidget* parent, const QString& text, const QString& yes)
{
    QMessageBox box(QMessageBox::Question, QObject::tr("Lathe"), text, QMessageBox::Cancel, parent);
    const auto* accept = box.addButton(yes, QMessageBox::AcceptRole);
    box.exec();
    return box.clickedButton() == accept;
}

} // namespace

Questions Questions::dialogs()
{
    return {
        [](QWidget* parent, const QString& title, const QString& filter) {
            return QFileDialog::getOpenFileName(parent, title, {}, filter);
        },
        askSaveFile,
        askChanges,
        askRestore,
        askConfirm,
        [](QWidget* parent, const QString& title, const QString& text) { QMessageBox::warning(parent, title, text); }};
}

} // namespace lathe::ui
