#include "ui/questions.h"

#include <QFileDialog>
#include <QFileInfo>
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

bool askConfirm(QWidget* parent, const QString& text, const QString& yes)
{
    QMessageBox box(QMessageBox::Question, QObject::tr("Lathe"), text, QMessageBox::Cancel, parent);
    const auto* accept = box.addButton(yes, QMessageBox::AcceptRole);
    box.exec();
    return box.clickedButton() == accept;
}

/// Asks about replacing itself: the name that the dialog would ask about may not have its ending yet.
QString askSaveFile(QWidget* parent, const QString& title, const QString& suggested, const QString& filters)
{
    QString proposed = suggested;
    for (;;) {
        QString chosen;
        const QString typed =
            QFileDialog::getSaveFileName(parent, title, proposed, filters, &chosen, QFileDialog::DontConfirmOverwrite);
        if (typed.isEmpty())
            return {};
        const QString path = withEndingOf(chosen, filters, typed);
        const QString name = QFileInfo(path).fileName();
        if (!QFileInfo::exists(path) ||
            askConfirm(parent, QObject::tr("“%1” exists already.").arg(name), QObject::tr("Replace it")))
            return path;
        proposed = path;
    }
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

} // namespace

QString withEndingOf(const QString& filter, const QString& filters, const QString& path)
{
    const QString wanted = endingOf(filter);
    if (wanted.isEmpty() || path.endsWith(wanted, Qt::CaseInsensitive))
        return path;
    for (const QString& other : filters.split(QStringLiteral(";;")))
        if (const QString ending = endingOf(other); !ending.isEmpty() && path.endsWith(ending, Qt::CaseInsensitive))
            return path.chopped(ending.size()) + wanted;
    return path + wanted;
}

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
        [](QWidget* parent, const QString& title, const QString& text) { QMessageBox::warning(parent, title, text); },
        [](QWidget* parent, const QString& title) { return QFileDialog::getExistingDirectory(parent, title); }};
}

} // namespace lathe::ui
