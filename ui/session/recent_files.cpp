#include "ui/session/recent_files.h"

#include <QFileInfo>
#include <QSettings>

namespace lathe::ui {

namespace {

constexpr auto kKey = "recentFiles";
constexpr qsizetype kMax = 10;

} // namespace

QStringList recentFiles()
{
    return QSettings().value(kKey).toStringList();
}

void addRecentFile(const QString& path)
{
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList files = recentFiles();
    files.removeAll(absolute);
    files.prepend(absolute);
    QSettings().setValue(kKey, files.mid(0, kMax));
}

void forgetRecentFiles()
{
    QSettings().remove(kKey);
}

} // namespace lathe::ui
