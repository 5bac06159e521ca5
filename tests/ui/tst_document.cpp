#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include <fstream>

#include "ui/session/autosave.h"
#include "ui/session/document.h"
#include "ui/session/recovery.h"

using lathe::Record;
using lathe::Setup;
using lathe::ui::Autosave;
using lathe::ui::Document;
using lathe::ui::RecoveryFolder;

namespace {

Record makeRecord(const std::string& id, const std::string& model = "resnet50")
{
    Record record;
    record.id = id;
    record.configuration.model = model;
    record.latency.median = 12.5;
    record.latency.samples = {12.4, 12.5, 12.6};
    return record;
}

QStringList idsOf(const Document& document)
{
    QStringList ids;
    for (const Record& record : document.records())
        ids << QString::fromStdString(record.id);
    return ids;
}

Setup withBatches(const Setup& setup, std::vector<std::int64_t> batches)
{
    Setup changed = setup;
    changed.batches = std::move(batches);
    return changed;
}

} // namespace

class DocumentTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void undoNamesWhatItUndoes();
    void editsOfTheSameNameMergeAndOthersDoNot();
    void undoingEverythingMakesTheSessionUnmodified();
    void deletedRecordsComeBackToTheirPlaces();
    void recordsMeasuredAfterADeletionSurviveItsUndo();
    void deletedRecordsLeaveTheSelection();
    void noteCanBeUndone();
    void recordWithATakenIdGetsANewOne();
    void savedSessionOpensAgainAndItsJournalGoes();
    void fileThatIsNoSessionLeavesTheOpenOneAlone();
    void journalBesideTheFileBringsBackWhatACrashLeft();
    void journalledRecordsThatTheFileHasAreNotDoubled();
    void workerAndWindowJournalARecordOnce();
    void deletedRecordsDoNotComeBackAfterACrash();
    void whatAnotherRunAddedToTheFileIsKept();
    void whatAnotherRunJournalledIsKept();
    void savingElsewhereLeavesAnotherRunsJournal();
    void notesAloneAreWorthRestoring();
    void comparisonsAloneAreWorthRestoring();
    void recordsDeletedHereStayDeletedThoughTheFileChanged();
    void fileThatAnotherProgramSpoiledIsNotWrittenOver();
    void crashOfANeverSavedSessionIsFound();
    void crashOfASavedSessionIsFoundWithItsCopy();
    void livingRunIsNotOffered();
    void discardingForgetsTheJournal();
};

void DocumentTest::undoNamesWhatItUndoes()
{
    Document document;
    document.setSetup(withBatches(document.setup(), {8}), "Change batch sizes");
    QCOMPARE(document.undoStack()->undoText(), QString("Change batch sizes"));
    document.undoStack()->undo();
    QCOMPARE(document.setup().batches, std::vector<std::int64_t>{1});
    QCOMPARE(document.undoStack()->redoText(), QString("Change batch sizes"));
}

void DocumentTest::editsOfTheSameNameMergeAndOthersDoNot()
{
    Document document;
    document.setSetup(withBatches(document.setup(), {8}), "Change batch sizes");
    document.setSetup(withBatches(document.setup(), {8, 16}), "Change batch sizes");
    QCOMPARE(document.undoStack()->count(), 1);
    Setup setup = document.setup();
    setup.maxSeconds = 5.0;
    document.setSetup(setup, "Change time limit");
    lathe::PlotSettings plot = document.plot();
    plot.x = "macs";
    document.setPlot(plot, "Change x axis");
    QCOMPARE(document.undoStack()->count(), 3);
}

void DocumentTest::undoingEverythingMakesTheSessionUnmodified()
{
    Document document;
    QSignalSpy modified(&document, &Document::modifiedChanged);
    document.setSetup(withBatches(document.setup(), {4}), "Change batch sizes");
    QVERIFY(document.isModified());
    document.undoStack()->undo();
    QVERIFY(!document.isModified());
    QCOMPARE(modified.count(), 2);
}

void DocumentTest::deletedRecordsComeBackToTheirPlaces()
{
    Document document;
    for (const auto* id : {"a", "b", "c", "d"})
        document.appendRecord(makeRecord(id));
    document.removeRecords({"a", "c"});
    QCOMPARE(idsOf(document), QStringList({"b", "d"}));
    QCOMPARE(document.undoStack()->undoText(), QString("Delete 2 records"));
    document.undoStack()->undo();
    QCOMPARE(idsOf(document), QStringList({"a", "b", "c", "d"}));
}

void DocumentTest::recordsMeasuredAfterADeletionSurviveItsUndo()
{
    Document document;
    document.appendRecord(makeRecord("a"));
    document.removeRecords({"a"});
    document.appendRecord(makeRecord("b"));
    document.undoStack()->undo();
    QCOMPARE(idsOf(document), QStringList({"a", "b"}));
    document.undoStack()->redo();
    QCOMPARE(idsOf(document), QStringList({"b"}));
}

void DocumentTest::deletedRecordsLeaveTheSelection()
{
    Document document;
    document.appendRecord(makeRecord("a"));
    document.appendRecord(makeRecord("b"));
    document.select({"a", "b"});
    document.removeRecords({"a"});
    QCOMPARE(document.selection(), QStringList({"b"}));
}

void DocumentTest::noteCanBeUndone()
{
    Document document;
    document.appendRecord(makeRecord("a"));
    document.setNote("a", "on battery");
    QCOMPARE(document.record("a")->note, std::string("on battery"));
    document.undoStack()->undo();
    QCOMPARE(document.record("a")->note, std::string());
}

void DocumentTest::recordWithATakenIdGetsANewOne()
{
    Document document;
    document.appendRecord(makeRecord("a"));
    document.appendRecord(makeRecord("a"));
    QCOMPARE(document.records().size(), std::size_t{2});
    QVERIFY(document.records()[1].id != "a");
}

void DocumentTest::savedSessionOpensAgainAndItsJournalGoes()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    document.setSetup(withBatches(document.setup(), {2}), "Change batch sizes");
    QVERIFY(document.save(path));
    document.appendRecord(makeRecord("a"));
    QVERIFY(QFile::exists(path + ".journal"));
    QVERIFY(document.isModified());
    QVERIFY(document.save(path));
    QVERIFY(!QFile::exists(path + ".journal"));
    QVERIFY(!document.isModified());

    Document other;
    const auto lost = other.open(path);
    QVERIFY(lost);
    QVERIFY(lost->isEmpty());
    QCOMPARE(idsOf(other), QStringList({"a"}));
    QCOMPARE(other.setup().batches, std::vector<std::int64_t>{2});
    QCOMPARE(other.name(), QString("x"));
    QVERIFY(!other.isModified());
}

void DocumentTest::fileThatIsNoSessionLeavesTheOpenOneAlone()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("broken.lathe");
    std::ofstream(path.toStdString()) << "this is no session";
    Document document;
    document.appendRecord(makeRecord("a"));
    const auto opened = document.open(path);
    QVERIFY(!opened);
    QVERIFY(!opened.error().message.empty());
    QCOMPARE(idsOf(document), QStringList({"a"}));
}

void DocumentTest::journalBesideTheFileBringsBackWhatACrashLeft()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    {
        Document crashed;
        QVERIFY(crashed.save(path));
        crashed.appendRecord(makeRecord("a"));
        crashed.appendRecord(makeRecord("b"));
    } // no save, no farewell
    Document document;
    QVERIFY(document.open(path));
    QCOMPARE(document.recoverFromJournal(), 2);
    QCOMPARE(idsOf(document), QStringList({"a", "b"}));
    QVERIFY(document.isModified());
}

void DocumentTest::journalledRecordsThatTheFileHasAreNotDoubled()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    document.appendRecord(makeRecord("a"));
    QVERIFY(document.save(path));
    const lathe::Journal journal(lathe::Journal::beside(path.toStdString()));
    QVERIFY(journal.append(makeRecord("a")));
    QVERIFY(journal.append(makeRecord("b")));
    Document other;
    QVERIFY(other.open(path));
    QCOMPARE(other.recoverFromJournal(), 1);
    QCOMPARE(idsOf(other), QStringList({"a", "b"}));
}

void DocumentTest::workerAndWindowJournalARecordOnce()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    QVERIFY(document.save(path));
    QVERIFY(document.journal()->append(makeRecord("a")));
    document.appendRecord(makeRecord("a"));
    QCOMPARE(lathe::Journal(document.journal()->path()).read().size(), std::size_t{1});
}

void DocumentTest::deletedRecordsDoNotComeBackAfterACrash()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    {
        Document crashed;
        QVERIFY(crashed.save(path));
        for (const auto* id : {"a", "b", "c"})
            crashed.appendRecord(makeRecord(id));
        crashed.removeRecords({"a", "b"});
        crashed.undoStack()->undo();
        crashed.removeRecords({"b"});
    }
    Document document;
    QVERIFY(document.open(path));
    QCOMPARE(document.recoverFromJournal(), 2);
    QVERIFY(document.record("a") && !document.record("b") && document.record("c"));
}

void DocumentTest::whatAnotherRunAddedToTheFileIsKept()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    document.appendRecord(makeRecord("a"));
    QVERIFY(document.save(path));
    auto other = lathe::loadSession(path.toStdString());
    QVERIFY(other);
    other->session.records.push_back(makeRecord("theirs"));
    QVERIFY(lathe::saveSession(other->session, path.toStdString()));
    document.appendRecord(makeRecord("b"));
    const QSignalSpy reset(&document, &Document::recordsReset);
    QCOMPARE(*document.save(path), 1);
    QCOMPARE(reset.size(), 1);
    QCOMPARE(idsOf(document), QStringList({"a", "b", "theirs"}));
    QCOMPARE(lathe::loadSession(path.toStdString())->session.records.size(), std::size_t{3});
    QCOMPARE(*document.save(path), 0);
}

void DocumentTest::whatAnotherRunJournalledIsKept()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    QVERIFY(document.save(path));
    document.appendRecord(makeRecord("a"));
    QVERIFY(lathe::Journal(lathe::Journal::beside(path.toStdString())).append(makeRecord("theirs")));
    QVERIFY(document.journal()->append(makeRecord("ours, on its way to the window")));
    QCOMPARE(*document.save(path), 1);
    QCOMPARE(idsOf(document), QStringList({"a", "theirs"}));
}

void DocumentTest::savingElsewhereLeavesAnotherRunsJournal()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    const lathe::Journal journal(lathe::Journal::beside(path.toStdString()));
    Document document;
    QVERIFY(document.save(path));
    document.appendRecord(makeRecord("a"));
    QVERIFY(journal.append(makeRecord("theirs")));
    QCOMPARE(*document.save(folder.filePath("y.lathe")), 0);
    QCOMPARE(idsOf(document), QStringList({"a"}));
    const auto left = journal.read();
    QCOMPARE(left.size(), std::size_t{1});
    QCOMPARE(left.front().id, std::string("theirs"));
}

void DocumentTest::notesAloneAreWorthRestoring()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    document.appendRecord(makeRecord("a"));
    QVERIFY(document.save(path));
    {
        const RecoveryFolder recovery(folder.filePath("recovery"));
        recovery.setOrigin(path);
        lathe::Session annotated = document.session();
        annotated.records.front().note = "the fan was loud";
        QVERIFY(lathe::saveSession(annotated, recovery.copyPath().toStdString()));
    } // no farewell: the folder stays
    const auto left = lathe::ui::findLeftBehind(folder.filePath("recovery"));
    QCOMPARE(left.size(), std::size_t{1});
    QVERIFY(left.front().otherEdits);
    QCOMPARE(left.front().session.records.front().note, std::string("the fan was loud"));
}

void DocumentTest::comparisonsAloneAreWorthRestoring()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    QVERIFY(document.save(path));
    {
        const RecoveryFolder recovery(folder.filePath("recovery"));
        recovery.setOrigin(path);
        document.addComparison({"a", "b", "", 2.0, 1.9, 2.1, "a is twice as fast as b.", {}});
        QVERIFY(lathe::saveSession(document.session(), recovery.copyPath().toStdString()));
    } // no farewell: the folder stays
    const auto left = lathe::ui::findLeftBehind(folder.filePath("recovery"));
    QCOMPARE(left.size(), std::size_t{1});
    QCOMPARE(left.front().session.comparisons.size(), std::size_t{1});
}

void DocumentTest::recordsDeletedHereStayDeletedThoughTheFileChanged()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    document.appendRecord(makeRecord("a"));
    QVERIFY(document.save(path));
    QVERIFY(lathe::saveSession(document.session(), path.toStdString()));
    document.removeRecords({"a"});
    QCOMPARE(*document.save(path), 0);
    QVERIFY(document.records().empty());
}

void DocumentTest::fileThatAnotherProgramSpoiledIsNotWrittenOver()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    QVERIFY(document.save(path));
    std::ofstream(path.toStdString()) << "a letter to my aunt";
    document.appendRecord(makeRecord("a"));
    const auto saved = document.save(path);
    QVERIFY(!saved);
    QVERIFY(QString::fromStdString(saved.error().message).endsWith("Save the session under another name."));
    QVERIFY(document.isModified());
    QVERIFY(document.save(folder.filePath("y.lathe")));
}

void DocumentTest::crashOfANeverSavedSessionIsFound()
{
    QTemporaryDir base;
    {
        RecoveryFolder recovery(base.path());
        Document crashed;
        crashed.setUnsavedJournal(recovery.journalPath());
        crashed.appendRecord(makeRecord("a"));
    }
    const auto left = lathe::ui::findLeftBehind(base.path());
    QCOMPARE(left.size(), std::size_t{1});
    QCOMPARE(left.front().unsavedRecords, 1);
    QCOMPARE(left.front().origin, QString());
    QCOMPARE(left.front().session.records.front().id, std::string("a"));

    Document document;
    document.restore(left.front().session, left.front().origin);
    QCOMPARE(idsOf(document), QStringList({"a"}));
    QVERIFY(document.isModified());
}

void DocumentTest::crashOfASavedSessionIsFoundWithItsCopy()
{
    QTemporaryDir base;
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    {
        RecoveryFolder recovery(base.path());
        Document crashed;
        Autosave autosave(&crashed, &recovery);
        crashed.appendRecord(makeRecord("a"));
        QVERIFY(crashed.save(path));
        crashed.setSetup(withBatches(crashed.setup(), {32}), "Change batch sizes");
        QVERIFY(autosave.flush());
        crashed.appendRecord(makeRecord("b"));
    }
    const auto left = lathe::ui::findLeftBehind(base.path());
    QCOMPARE(left.size(), std::size_t{1});
    QCOMPARE(left.front().origin, path);
    QCOMPARE(left.front().unsavedRecords, 1);
    QVERIFY(left.front().otherEdits);
    QCOMPARE(left.front().session.setup.batches, std::vector<std::int64_t>{32});
    QCOMPARE(left.front().session.records.size(), std::size_t{2});
}

void DocumentTest::livingRunIsNotOffered()
{
    QTemporaryDir base;
    const RecoveryFolder recovery(base.path());
    Document document;
    document.setUnsavedJournal(recovery.journalPath());
    document.appendRecord(makeRecord("a"));
    QVERIFY(lathe::ui::findLeftBehind(base.path()).empty());
    QVERIFY(QFile::exists(recovery.path()));
}

void DocumentTest::discardingForgetsTheJournal()
{
    QTemporaryDir folder;
    const QString path = folder.filePath("x.lathe");
    Document document;
    QVERIFY(document.save(path));
    document.appendRecord(makeRecord("a"));
    document.reset();
    QVERIFY(!QFile::exists(path + ".journal"));
}

QTEST_GUILESS_MAIN(DocumentTest)
#include "tst_document.moc"
