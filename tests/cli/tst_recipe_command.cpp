#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include "core/session/session.h"
#include "tests/support/datasets.h"
#include "tests/support/program.h"

using namespace Qt::StringLiterals;

/// `lathe recipe` through the program itself, on small files that the test writes.
class TestRecipeCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void fromTrainedToQuantized();
    void goesOnWhereItWasKilled();
    void putsRunsSideBySide();
    void drawsWhatItCameTo();
    void printsAnExample();
    void refusesBadUsageWithOneLine_data();
    void refusesBadUsageWithOneLine();

private:
    using Run = lathe::test::Run;
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder.path()); }
    void write(const QString& name, const QByteArray& text) const
    {
        lathe::test::writeBytes(m_folder.filePath(name), text);
    }

    QTemporaryDir m_folder;
};

void TestRecipeCommand::initTestCase()
{
    QVERIFY(QDir(m_folder.path()).mkdir(u"data"_s));
    lathe::test::writeIdxFolder(m_folder.filePath(u"data"_s));
    write(u"recipe.json"_s, R"({"name": "one", "model": "lenet", "dataset": "fashion-mnist:data", "threads": 1,
        "measure": {"max_seconds": 0.2}, "steps": [
        {"step": "train", "epochs": 2, "batch": 20}, {"step": "prune", "amount": [0.3, 0.6]},
        {"step": "fine-tune", "epochs": 1, "batch": 20}, {"step": "quantize", "images": 32}]})");
}

void TestRecipeCommand::fromTrainedToQuantized()
{
    const Run run =
        lathe({u"recipe"_s, u"recipe.json"_s, u"--out"_s, u"out"_s, u"--save"_s, u"s.lathe"_s, u"--json"_s});
    QVERIFY2(run.code == 0, run.error);
    const QJsonArray steps = run.json()["steps"].toArray();
    QCOMPARE(steps.size(), 7); // one training, and two times three
    for (const QJsonValue& step : steps) {
        const Run eval = lathe({u"eval"_s, step["model"].toString(), u"--dataset"_s, u"fashion-mnist:data"_s,
                                u"--mode"_s, step["mode"].toString(), u"--json"_s});
        QVERIFY2(eval.code == 0, eval.error);
        QCOMPARE(eval.json()["accuracy"].toDouble(), step["accuracy"].toDouble());
    }
    QCOMPARE(steps[3].toObject()["mode"].toString(), u"int8"_s);
    QCOMPARE(steps[6].toObject()["variant"].toString(), u"60 %"_s);
    QVERIFY(steps[5].toObject()["params"].toInteger() < steps[2].toObject()["params"].toInteger());
    QVERIFY(!run.json()["front"].toArray().isEmpty());
    // In the session, with accuracy and origin.
    const auto session = lathe::loadSession(m_folder.filePath(u"s.lathe"_s).toStdString());
    QVERIFY(session && session->lost.empty());
    QCOMPARE(session->session.records.size(), std::size_t{7});
    const lathe::Record& last = session->session.records.back();
    QCOMPARE(last.top1Dataset, std::string("fashion-mnist"));
    QCOMPARE(*last.top1, steps[6].toObject()["accuracy"].toDouble());
    QCOMPARE(QString::fromStdString(last.origin), steps[0].toObject()["model"].toString());
    // For people, and not done again.
    const Run again = lathe({u"recipe"_s, u"recipe.json"_s, u"--out"_s, u"out"_s});
    QVERIFY2(again.code == 0, again.error);
    QVERIFY2(again.out.contains("prune 60 % of the channels"), again.out);
    QVERIFY2(again.out.contains("All variants were measured on the same test images"), again.out);
    QVERIFY(!again.error.contains("epoch"));
}

/// SIGKILL, wherever it is: the recipe goes on and comes to the networks of an unbroken one.
void TestRecipeCommand::goesOnWhereItWasKilled()
{
    const QStringList arguments{u"recipe"_s, u"recipe.json"_s, u"--out"_s, u"killed"_s, u"--json"_s};
    for (const int milliseconds : {300, 700, 1100, 1500, 1900}) {
        QProcess process;
        process.setWorkingDirectory(m_folder.path());
        process.start(qEnvironmentVariable("LATHE_EXECUTABLE"), arguments);
        QVERIFY(process.waitForStarted());
        QTest::qWait(milliseconds);
        if (process.state() == QProcess::Running)
            ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
        process.waitForFinished(60000);
    }
    const Run whole = lathe({u"recipe"_s, u"recipe.json"_s, u"--out"_s, u"out"_s, u"--json"_s});
    const Run broken = lathe(arguments);
    QVERIFY2(broken.code == 0, broken.error);
    for (int i = 0; i < 7; ++i)
        for (const QString& figure : {u"accuracy"_s, u"params"_s, u"macs"_s})
            QVERIFY2(broken.json()["steps"][i][figure] == whole.json()["steps"][i][figure], qPrintable(figure));
}

void TestRecipeCommand::putsRunsSideBySide()
{
    const Run run = lathe({u"recipe"_s, u"--compare"_s, u"out,killed"_s, u"--json"_s});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(run.json()["recipes"].toArray().size(), 2);
    QVERIFY(run.json()["sentences"][0].toString().startsWith(u"one ends at "_s));
    const Run people = lathe({u"recipe"_s, u"--compare"_s, u"out,killed"_s});
    QCOMPARE(people.out.count("quantize static"), 4);
}

void TestRecipeCommand::drawsWhatItCameTo()
{
    for (const QString& what : {u"waterfall"_s, u"front"_s}) {
        const Run run = lathe({u"plot"_s, u"out"_s, u"--what"_s, what, u"--out"_s, what + u".svg"_s});
        QVERIFY2(run.code == 0, run.error);
        QFile file(m_folder.filePath(what + u".svg"_s));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("<svg"));
    }
    const Run variant = lathe({u"plot"_s, u"out"_s, u"--variant"_s, u"30 %"_s, u"--out"_s, u"v.png"_s});
    QVERIFY2(variant.code == 0, variant.error);
    const Run unknown = lathe({u"plot"_s, u"out"_s, u"--variant"_s, u"31 %"_s, u"--out"_s, u"v.png"_s});
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.error.contains("there are 30 %; 60 %"), unknown.error);
    const Run loss = lathe({u"plot"_s, u"out"_s, u"--what"_s, u"loss"_s, u"--out"_s, u"v.png"_s});
    QVERIFY2(loss.code == 2 && loss.error.contains("choose from waterfall, front"), loss.error);
    const Run neither = lathe({u"plot"_s, u"data"_s, u"--out"_s, u"v.png"_s});
    QVERIFY2(neither.code == 2 && neither.error.contains("neither a recipe nor an experiment"), neither.error);
}

void TestRecipeCommand::printsAnExample()
{
    const Run run = lathe({u"recipe"_s, u"--example"_s});
    QCOMPARE(run.code, 0);
    QCOMPARE(run.json()["steps"].toArray().size(), 4);
}

void TestRecipeCommand::refusesBadUsageWithOneLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    write(u"bad.json"_s, R"({"model": "lenet", "dataset": "fashion-mnist:data", "steps": [{"step": "prune"}]})");
    write(u"typo.json"_s, R"({"model": "lenet", "dataset": "fashion-mnist:data", "step": [{"step": "prune"}]})");
    write(u"text.json"_s, "bake a cake");
    QTest::newRow("nothing") << QStringList{} << QByteArray("lathe recipe --example");
    QTest::newRow("no folder") << QStringList{u"recipe.json"_s} << QByteArray("--out FOLDER");
    QTest::newRow("no file") << QStringList{u"none.json"_s, u"--out"_s, u"x"_s} << QByteArray("none.json");
    QTest::newRow("no JSON") << QStringList{u"text.json"_s, u"--out"_s, u"x"_s} << QByteArray("no JSON");
    QTest::newRow("no steps") << QStringList{u"typo.json"_s, u"--out"_s, u"x"_s} << QByteArray("steps");
    QTest::newRow("order") << QStringList{u"bad.json"_s, u"--out"_s, u"x"_s} << QByteArray("Step 1 (prune)");
    QTest::newRow("other files") << QStringList{u"recipe.json"_s, u"--out"_s, u"data"_s} << QByteArray("other files");
    QTest::newRow("never run") << QStringList{u"--compare"_s, u"data"_s} << QByteArray("holds no recipe");
}

void TestRecipeCommand::refusesBadUsageWithOneLine()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, says);
    const Run run = lathe(QStringList{u"recipe"_s} + arguments);
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.trimmed().count('\n'), 0);
    QVERIFY(run.out.isEmpty());
    QVERIFY(!QFile::exists(m_folder.filePath(u"x"_s)));
}

QTEST_GUILESS_MAIN(TestRecipeCommand)
#include "tst_recipe_command.moc"
