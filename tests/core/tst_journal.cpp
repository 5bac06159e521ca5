#include <QTemporaryDir>
#include <QTest>

#include <fstream>

#include "core/session/session.h"
#include "tests/support/sample_record.h"

using lathe::Journal;
using lathe::test::sampleRecord;

class TestJournal : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void itStandsBesideItsSession()
    {
        QCOMPARE(Journal::beside("/a/b.c/x.lathe"), std::filesystem::path("/a/b.c/x.lathe.journal"));
    }

    void whatWasAppendedIsRead()
    {
        const Journal journal(path("x.lathe.journal"));
        QVERIFY(!journal.exists());
        QVERIFY(journal.read().empty());
        QVERIFY(journal.append(sampleRecord("a")).has_value());
        QVERIFY(journal.append(sampleRecord("b")).has_value());
        QVERIFY(journal.exists());
        const auto records = journal.read();
        QCOMPARE(records.size(), std::size_t(2));
        QCOMPARE(lathe::recordToJson(records[0]), lathe::recordToJson(sampleRecord("a")));
        QCOMPARE(records[1].id, std::string("b"));
    }

    void aRecordIsOneLine()
    {
        const Journal journal(path("j"));
        QVERIFY(journal.append(sampleRecord("a")).has_value());
        const std::string text = *lathe::readFile(journal.path());
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 1);
        QVERIFY(text.ends_with("}\n"));
    }

    void aTornLastLineIsPassedOver()
    {
        const Journal journal(path("j"));
        QVERIFY(journal.append(sampleRecord("a")).has_value());
        const std::string line = lathe::recordToJson(sampleRecord("b"));
        for (const std::size_t cut : {std::size_t(1), line.size() / 2, line.size() - 1}) {
            write("j", lathe::recordToJson(sampleRecord("a")) + "\n" + line.substr(0, cut));
            QCOMPARE(journal.read().size(), std::size_t(1));
        }
    }

    void aRecordBehindATornLineIsNotGluedToIt()
    {
        const Journal journal(path("j"));
        write("j", lathe::recordToJson(sampleRecord("a")) + "\n" + "{\"id\": \"b\", \"mod");
        QVERIFY(journal.append(sampleRecord("c")).has_value());
        const auto records = journal.read();
        QCOMPARE(records.size(), std::size_t(2));
        QCOMPARE(records[1].id, std::string("c"));
    }

    void garbageAmongTheLinesIsPassedOver()
    {
        const Journal journal(path("j"));
        write("j", "\n\r\n" + std::string(50, '\0') + "\n{}\n[1]\n\xff\xfe\n" + lathe::recordToJson(sampleRecord("a")) +
                       "\r\n{\"model\": 3}\nnull\n" + lathe::recordToJson(sampleRecord("b")));
        const auto records = journal.read();
        QCOMPARE(records.size(), std::size_t(2));
        QCOMPARE(records[0].id, std::string("a"));
        QCOMPARE(records[1].id, std::string("b"));
    }

    void aRetractedRecordIsNotRead()
    {
        const Journal journal(path("j"));
        for (const auto* id : {"a", "b", "c"})
            QVERIFY(journal.append(sampleRecord(id)).has_value());
        QVERIFY(journal.retract({"a", "c", "never there"}).has_value());
        auto records = journal.read();
        QCOMPARE(records.size(), std::size_t(1));
        QCOMPARE(records[0].id, std::string("b"));
        QVERIFY(journal.append(sampleRecord("a")).has_value()); // undone
        records = journal.read();
        QCOMPARE(records.size(), std::size_t(2));
        QCOMPARE(records[1].id, std::string("a"));
    }

    void aRetractionThatMakesNoSenseIsPassedOver()
    {
        const Journal journal(path("j"));
        write("j", lathe::recordToJson(sampleRecord("a")) +
                       "\n{\"retracted\":\n{\"retracted\": 3}\n{\"retracted\":null}\n{\"retracted\":[\"a\"]}\n");
        QCOMPARE(journal.read().size(), std::size_t(1));
    }

    void journalsOfTwoSessionsKeepApart()
    {
        const Journal first(Journal::beside(path("one.lathe")));
        const Journal second(Journal::beside(path("two.lathe")));
        QVERIFY(first.append(sampleRecord("a")).has_value());
        QVERIFY(second.append(sampleRecord("b")).has_value());
        QVERIFY(Journal(first.path()).append(sampleRecord("c")).has_value()); // a later run goes on with it
        QCOMPARE(first.read().size(), std::size_t(2));
        QCOMPARE(second.read().size(), std::size_t(1));
        first.remove();
        QVERIFY(!first.exists());
        QVERIFY(second.exists());
        first.remove(); // not there any more: no harm
    }

    void aJournalThatCannotBeKeptIsToldOf()
    {
        const auto result = Journal(path("missing/j")).append(sampleRecord());
        QVERIFY(!result);
        QCOMPARE(QString::fromStdString(result.error().message),
                 QString("Cannot keep the journal '%1': its folder does not exist; make it or choose another place.")
                     .arg(m_folder->filePath("missing/j")));
    }

private:
    std::filesystem::path path(const char* name) const { return m_folder->filePath(name).toStdString(); }

    void write(const char* name, const std::string& text) const
    {
        std::ofstream(path(name), std::ios::binary | std::ios::trunc) << text;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_APPLESS_MAIN(TestJournal)
#include "tst_journal.moc"
