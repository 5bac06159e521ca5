#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "ui/benchmark/results_columns.h"
#include "ui/benchmark/results_model.h"
#include "ui/benchmark/table_text.h"
#include "ui/session/document.h"
#include "ui/sorting.h"

using lathe::Record;
using lathe::ui::Document;
using lathe::ui::resultsColumn;
using lathe::ui::ResultsModel;
using lathe::ui::ValueSortProxy;

namespace {

Record makeRecord(const std::string& id, double median, const std::string& flag = {})
{
    Record record;
    record.id = id;
    record.time = "2026-11-22T10:00:00Z";
    record.configuration.model = id;
    record.configuration.input = {3, 224, 224};
    record.params = 25557032;
    record.macs = 4089184256;
    record.latency.median = median;
    record.latency.ciLow = median - 0.3;
    record.latency.ciHigh = median + 0.3;
    record.throughput = 1000.0 / median;
    record.throughputLow = 1000.0 / (median + 0.3);
    record.throughputHigh = 1000.0 / (median - 0.3);
    if (!flag.empty())
        record.flags.push_back({flag, "Other processes took 12 % of the time."});
    return record;
}

QString cell(const QAbstractItemModel& model, int row, const char* key)
{
    return model.index(row, resultsColumn(key)).data().toString();
}

} // namespace

class ResultsModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void followsTheDocument();
    void showsTheDigitsTheIntervalSupports();
    void unknownFiguresAreEmpty();
    void sortsByValueNotByText();
    void numbersAreRightAligned();
    void flagsAreCodesWithTheirSentenceAsTooltip();
    void noteIsWrittenInPlace();
    void theSchemeAndWhatItWasMadeFromAreColumns();
    void filesOfOneNameAreToldApartByTheirFolder();
    void copiesAsTsvAndMarkdown();
};

void ResultsModelTest::followsTheDocument()
{
    Document document;
    ResultsModel model(&document);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    document.appendRecord(makeRecord("a", 10.0));
    document.appendRecord(makeRecord("b", 20.0));
    QCOMPARE(model.rowCount(), 2);
    document.removeRecords({"a"});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.rowOf("b"), 0);
    QCOMPARE(model.rowOf("a"), -1);
    document.undoStack()->undo();
    QCOMPARE(cell(model, 0, "model"), QString("a"));
    document.reset();
    QCOMPARE(model.rowCount(), 0);
}

void ResultsModelTest::showsTheDigitsTheIntervalSupports()
{
    Document document;
    const ResultsModel model(&document);
    document.appendRecord(makeRecord("a", 12.3187));
    QCOMPARE(cell(model, 0, "latency"), QString("12.3 ± 0.3"));
    QCOMPARE(cell(model, 0, "params"), QString("25.6"));
    QCOMPARE(cell(model, 0, "macs"), QString("4.09"));
    QCOMPARE(cell(model, 0, "input"), QString("3x224x224"));
}

void ResultsModelTest::unknownFiguresAreEmpty()
{
    Document document;
    const ResultsModel model(&document);
    document.appendRecord(makeRecord("a", 12.0));
    QCOMPARE(cell(model, 0, "top1"), QString());
    QVERIFY(!model.index(0, resultsColumn("top1")).data(ResultsModel::SortRole).isValid());
}

void ResultsModelTest::sortsByValueNotByText()
{
    Document document;
    ResultsModel model(&document);
    for (const double median : {9.5, 100.0, 25.0})
        document.appendRecord(makeRecord(std::to_string(median), median));
    ValueSortProxy proxy(&model, ResultsModel::SortRole, nullptr);
    const QAbstractItemModelTester tester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
    proxy.sort(resultsColumn("latency"), Qt::DescendingOrder);
    QCOMPARE(proxy.index(0, resultsColumn("latency")).data(ResultsModel::SortRole).toDouble(), 100.0);
    QCOMPARE(proxy.index(2, resultsColumn("latency")).data(ResultsModel::SortRole).toDouble(), 9.5);
}

void ResultsModelTest::numbersAreRightAligned()
{
    Document document;
    const ResultsModel model(&document);
    document.appendRecord(makeRecord("a", 12.0));
    const auto alignment = [&](const char* key) {
        return model.index(0, resultsColumn(key)).data(Qt::TextAlignmentRole).toInt();
    };
    QVERIFY(alignment("latency") & Qt::AlignRight);
    QVERIFY(alignment("model") & Qt::AlignLeft);
}

void ResultsModelTest::flagsAreCodesWithTheirSentenceAsTooltip()
{
    Document document;
    const ResultsModel model(&document);
    document.appendRecord(makeRecord("a", 12.0, "contention"));
    QCOMPARE(cell(model, 0, "flags"), QString("contention"));
    QCOMPARE(model.index(0, 0).data(Qt::ToolTipRole).toString(), QString("Other processes took 12 % of the time."));
}

void ResultsModelTest::noteIsWrittenInPlace()
{
    Document document;
    ResultsModel model(&document);
    document.appendRecord(makeRecord("a", 12.0));
    const QModelIndex note = model.index(0, resultsColumn("note"));
    QVERIFY(model.setData(note, "on battery"));
    QCOMPARE(note.data().toString(), QString("on battery"));
    QVERIFY(!model.setData(model.index(0, resultsColumn("latency")), "1"));
    QCOMPARE(document.undoStack()->undoText(), QString("Change note"));
}

void ResultsModelTest::theSchemeAndWhatItWasMadeFromAreColumns()
{
    Document document;
    const ResultsModel model(&document);
    Record made = makeRecord("small", 12.0);
    made.scheme = "int8 mixed";
    made.origin = "resnet50";
    document.appendRecord(made);
    document.appendRecord(makeRecord("plain", 12.0));
    QCOMPARE(cell(model, 0, "scheme"), QString("int8 mixed"));
    QCOMPARE(cell(model, 0, "origin"), QString("resnet50"));
    QCOMPARE(cell(model, 1, "scheme"), QString());
    QVERIFY(!model.index(1, resultsColumn("scheme")).data(ResultsModel::SortRole).isValid());
}

void ResultsModelTest::filesOfOneNameAreToldApartByTheirFolder()
{
    Document document;
    const auto append = [&](const std::string& id, const std::string& file) {
        Record record = makeRecord(id, 10.0);
        record.configuration.model = file;
        document.appendRecord(record);
    };
    ResultsModel model(&document);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QSignalSpy changed(&model, &ResultsModel::dataChanged);
    append("1", "/home/me/first/model.pth");
    append("2", "resnet50");
    QCOMPARE(cell(model, 0, "model"), QString("model.pth"));
    QVERIFY(changed.isEmpty());
    append("3", "/home/me/second/model.pth");
    QCOMPARE(cell(model, 0, "model"), QString("first/model.pth"));
    QCOMPARE(cell(model, 1, "model"), QString("resnet50"));
    QCOMPARE(cell(model, 2, "model"), QString("second/model.pth"));
    QCOMPARE(changed.count(), 1); // so that views show the longer title
    const QModelIndex last = model.index(2, resultsColumn("model"));
    QCOMPARE(last.data(ResultsModel::SortRole).toString(), QString("second/model.pth"));
    QCOMPARE(last.data(Qt::ToolTipRole).toString(), QString("/home/me/second/model.pth"));
    document.removeRecords({"3"});
    QCOMPARE(cell(model, 0, "model"), QString("model.pth"));
}

void ResultsModelTest::copiesAsTsvAndMarkdown()
{
    Document document;
    const ResultsModel model(&document);
    document.appendRecord(makeRecord("a", 12.3187));
    document.setNote("a", "one|two");
    const auto table =
        lathe::ui::tableText(model, {0}, {resultsColumn("model"), resultsColumn("latency"), resultsColumn("note")});
    QCOMPARE(lathe::ui::toTsv(table), QString("Model\tLatency (ms)\t±\tNote\na\t12.3\t0.3\tone|two\n"));
    QCOMPARE(lathe::ui::toMarkdown(table),
             QString("| Model | Latency (ms) | Note |\n| --- | ---: | --- |\n| a | 12.3 ± 0.3 | one\\|two |\n"));
}

QTEST_GUILESS_MAIN(ResultsModelTest)
#include "tst_results_model.moc"
