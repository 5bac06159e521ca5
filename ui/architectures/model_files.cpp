#include "ui/architectures/model_files.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPointer>
#include <QThreadPool>
#include <QWidget>

#include "ui/architectures/catalogue_panel.h"
#include "ui/architectures/model_file.h"
#include "ui/format.h"

namespace lathe::ui {

ModelFiles::ModelFiles(CataloguePanel* panel, Questions questions, QWidget* window)
    : QObject(window), m_panel(panel), m_questions(std::move(questions)), m_window(window)
{
}

void ModelFiles::add()
{
    const QString path = m_questions.openFile(m_window, tr("Add model file"), modelFileFilter());
    if (!path.isEmpty())
        m_panel->addModelFiles({path});
}

void ModelFiles::saveArchitecture()
{
    const QString model = m_panel->currentModel();
    if (model.isEmpty())
        return m_questions.tell(m_window, tr("Save architecture"), tr("Choose a row of the list of models first."));
    const QString suggested = QFileInfo(shortModelName(model)).completeBaseName() + QStringLiteral(".json");
    const QString path =
        m_questions.saveFile(m_window, tr("Save architecture"), suggested, tr("Architecture (*.json)"));
    if (path.isEmpty())
        return;
    QThreadPool::globalInstance()->start([self = QPointer<ModelFiles>(this), model, path] {
        const auto written = lathe::ui::saveArchitecture(model, path);
        const QString problem = written ? QString() : toQString(written.error().message);
        if (auto* application = QCoreApplication::instance())
            QMetaObject::invokeMethod(application, [self, path, problem] {
                if (self)
                    self->saved(path, problem);
            });
    });
}

void ModelFiles::saved(const QString& path, const QString& problem)
{
    if (!problem.isEmpty())
        return m_questions.tell(m_window, tr("Save architecture"), problem);
    Q_EMIT told(tr("Saved the architecture as %1.").arg(path));
}

} // namespace lathe::ui
