#include "ui/architectures/model_file.h"

#include <QFileInfo>
#include <QObject>
#include <QStringList>

#include <algorithm>

#include "core/base/files.h"
#include "core/formats/model_file.h"
#include "core/formats/torchscript.h"
#include "core/graph/cost.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

const QStringList& endings()
{
    static const QStringList all{QStringLiteral(".json"), QStringLiteral(".safetensors"), QStringLiteral(".pth"),
                                 QStringLiteral(".pt"),   QStringLiteral(".bin"),         QStringLiteral(".ckpt")};
    return all;
}

} // namespace

ModelFile unread(const QString& model)
{
    ModelFile file;
    file.model = model;
    return file;
}

QString shortModelName(const QString& model)
{
    return QFileInfo(model).fileName();
}

QString modelFileFilter()
{
    return QObject::tr("Models (*%1)").arg(endings().join(QStringLiteral(" *")));
}

bool isModelFile(const QString& path)
{
    return std::any_of(endings().begin(), endings().end(),
                       [&](const QString& ending) { return path.endsWith(ending, Qt::CaseInsensitive); });
}

ModelFile readModelFile(const QString& model, const Shape& input)
{
    ModelFile file = unread(model);
    file.isRead = true;
    if (isModelFile(model) && !QFileInfo::exists(model)) {
        file.problem =
            QObject::tr("%1 is missing: put it back and add it again, or remove it from the list.").arg(model);
        return file;
    }
    auto loaded = loadModel(model.toStdString(), {});
    if (!loaded && !input.empty())
        loaded = loadModel(model.toStdString(), input);
    if (!loaded) {
        file.problem = toQString(loaded.error().message);
        return file;
    }
    const GraphCost whole = cost(loaded->graph);
    file.family = toQString(loaded->family);
    file.type = toQString(loaded->type);
    file.input = toQString(inputText(loaded->graph.inputShape(), loaded->graph.vocabulary()));
    file.params = whole.parameters;
    file.macs = whole.macs;
    file.bytes = loaded->fileBytes;
    for (const std::string& note : loaded->notes)
        file.notes << toQString(note);
    return file;
}

Result<void> saveArchitecture(const QString& model, const QString& path)
{
    return loadModel(model.toStdString(), {}).and_then([&](const LoadedModel& loaded) -> Result<void> {
        if (const auto possible = refuseSealed(loaded.graph, "saving it as JSON"); !possible)
            return possible;
        return writeFileAtomically(path.toStdString(), graphToJson(graphFileOf(loaded)));
    });
}

} // namespace lathe::ui
