#include "ui/help/help.h"

#include <QAction>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFile>
#include <QMessageBox>
#include <QTextBrowser>
#include <QTextFrame>
#include <QTextTable>
#include <QVBoxLayout>

#include <algorithm>

#include "core/base/version.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/icons.h"

namespace lathe::ui {

namespace {

QString helpText(const QString& name)
{
    QFile file(QStringLiteral(":/help/%1.md").arg(name));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// Markdown's tables come with double frames; ours are air and thin lines.
void calmTables(QTextFrame* frame, const QColor& line)
{
    for (QTextFrame* child : frame->childFrames())
        if (auto* table = qobject_cast<QTextTable*>(child)) {
            QTextTableFormat format = table->format();
            format.setBorderCollapse(true);
            format.setBorder(0.5);
            format.setBorderBrush(line);
            format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            format.setCellPadding(5.0);
            format.setCellSpacing(0.0);
            format.setBottomMargin(12.0);
            table->setFormat(format);
        }
}

/// One dialog of a name at a time; asked for again, it comes to the front.
void showMarkdown(QWidget* window, const char* name, const QString& title, const QString& markdown)
{
    if (auto* open = window->findChild<QDialog*>(QString::fromLatin1(name))) {
        open->show();
        open->raise();
        open->activateWindow();
        return;
    }
    auto* dialog = new QDialog(window);
    dialog->setObjectName(QString::fromLatin1(name));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->resize(720, 620);
    auto* text = new QTextBrowser(dialog);
    describeControl(text, "helpText", title, {});
    text->setOpenExternalLinks(true);
    text->document()->setDocumentMargin(14);
    text->setMarkdown(markdown);
    QColor line = text->palette().color(QPalette::Text);
    line.setAlpha(60);
    calmTables(text->document()->rootFrame(), line);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    auto* layout = new QVBoxLayout(dialog);
    layout->addWidget(text);
    layout->addWidget(buttons);
    dialog->show();
}

QString keysOf(const QAction& action)
{
    QStringList keys;
    for (const QKeySequence& key : action.shortcuts())
        keys << key.toString(QKeySequence::NativeText);
    return keys.join(QObject::tr(" or "));
}

/// Made from the actions themselves, so that it cannot fall behind them.
QString shortcutsText(const QWidget& window)
{
    QStringList rows;
    for (const QAction* action : window.findChildren<QAction*>(QString(), Qt::FindDirectChildrenOnly)) {
        if (action->shortcuts().isEmpty() || action->objectName().isEmpty())
            continue;
        const bool stack =
            action->objectName() == QLatin1String("undoAction") || action->objectName() == QLatin1String("redoAction");
        const QString what = stack ? QObject::tr("%1 the last change")
                                         .arg(action->objectName() == QLatin1String("undoAction") ? QObject::tr("Undo")
                                                                                                  : QObject::tr("Redo"))
                                   : action->statusTip();
        rows << QStringLiteral("| %1 | %2 |\n").arg(keysOf(*action), what);
    }
    return QObject::tr("# Keyboard shortcuts\n\n| keys | what they do |\n|---|---|\n") + rows.join(QString()) +
           QLatin1Char('\n') + helpText(QStringLiteral("mouse"));
}

} // namespace

void showFiguresHelp(QWidget* window)
{
    showMarkdown(window, "figuresHelp", QObject::tr("What the figures mean"),
                 helpText(QStringLiteral("figures")) + QLatin1Char('\n') + helpText(QStringLiteral("modes")) +
                     QLatin1Char('\n') + helpText(QStringLiteral("counting")));
}

void showGraphFormatHelp(QWidget* window)
{
    showMarkdown(window, "graphFormatHelp", QObject::tr("Weights and architectures of your own"),
                 helpText(QStringLiteral("weights")) + helpText(QStringLiteral("graph-format")));
}

void showChoosingHelp(QWidget* window)
{
    showMarkdown(window, "choosingHelp", QObject::tr("Choosing a network"), helpText(QStringLiteral("choose")));
}

void showRooflineHelp(QWidget* window)
{
    showMarkdown(window, "rooflineHelp", QObject::tr("The roofline"), helpText(QStringLiteral("roofline")));
}

void showWhyHelp(QWidget* window)
{
    showMarkdown(window, "whyHelp", QObject::tr("Why a network takes its time"), helpText(QStringLiteral("why")));
}

void showQuantizationHelp(QWidget* window)
{
    showMarkdown(window, "quantizationHelp", QObject::tr("Quantization"), helpText(QStringLiteral("quantization")));
}

void showPruningHelp(QWidget* window)
{
    showMarkdown(window, "pruningHelp", QObject::tr("Pruning"), helpText(QStringLiteral("pruning")));
}

void showDistillationHelp(QWidget* window)
{
    showMarkdown(window, "distillationHelp", QObject::tr("Distillation"), helpText(QStringLiteral("distillation")));
}

void showRecipesHelp(QWidget* window)
{
    showMarkdown(window, "recipesHelp", QObject::tr("Recipes"), helpText(QStringLiteral("recipe")));
}

void showTrainingHelp(QWidget* window)
{
    showMarkdown(window, "trainingHelp", QObject::tr("Training"), helpText(QStringLiteral("training")));
}

void showShortcuts(QWidget* window)
{
    showMarkdown(window, "shortcutsHelp", QObject::tr("Keyboard shortcuts"), shortcutsText(*window));
}

void showAbout(QWidget* window)
{
    auto* box = new QMessageBox(window);
    box->setObjectName("aboutBox");
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setWindowTitle(QObject::tr("About Lathe"));
    box->setIconPixmap(applicationIcon().pixmap(64, 64));
    box->setText(QObject::tr("<h3>Lathe %1</h3><p>A workbench for making neural networks cheaper to run.</p>")
                     .arg(toQString(versionWithRevision())));
    box->setInformativeText(
        QObject::tr("<p>With Qt %1, QCustomPlot 2.1 and LibTorch.</p><p>Free software under the GNU General Public "
                    "License, version 3 or later; there is no warranty.</p>")
            .arg(QString::fromLatin1(qVersion())));
    box->open();
}

} // namespace lathe::ui
