#pragma once

#include <QByteArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStringList>
#include <QtGlobal>

namespace lathe::test {

/// What a run of the program left behind; the code is -1 where it did not come to its end.
struct Run {
    int code;
    QByteArray out;
    QByteArray error;
    QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

/// Without a folder, in the one of the test.
inline Run runLathe(const QStringList& arguments, const QString& folder = {})
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.start(qEnvironmentVariable("LATHE_EXECUTABLE"), arguments);
    process.closeWriteChannel();
    process.waitForFinished(120000);
    const int code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return {code, process.readAllStandardOutput(), process.readAllStandardError()};
}

} // namespace lathe::test
