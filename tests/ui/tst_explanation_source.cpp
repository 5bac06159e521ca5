#include <QSignalSpy>
#include <QTest>

#include <thread>

#include "ui/benchmark/explanation_source.h"

using namespace lathe;
using ui::ExplanationAnswer;
using ui::ExplanationSource;

namespace {

Record record(const std::string& id, const std::string& mode, double median)
{
    Record record;
    record.id = id;
    record.configuration = {"resnet18", mode, 1, 2, {3, 224, 224}, "cpu"};
    record.latency.median = record.latency.ciLow = record.latency.ciHigh = median;
    record.pageFaults = mode == "eager" ? 100.0 : 0.0;
    return record;
}

std::vector<Record> records()
{
    return {record("a", "eager", 100.0), record("b", "fused", 50.0)};
}

Result<Peaks> peaks(int threads)
{
    Peaks peaks;
    peaks.threads = threads;
    peaks.fp32 = 1e11;
    peaks.bandwidth = {{"memory", 1 << 30, 1, 1e10, 1e10, 1e10}};
    return peaks;
}

} // namespace

class TestExplanationSource : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRecordIsExplainedOnAnotherThread();
    void twoRecordsAreHeldAgainstEachOther();
    void ofSeveralRequestsTheLastIsAnswered();
    void noneOrManyAreNotAnswered();
    void withoutRoofsThatIsSaid();
    void filesAreNotReadWhileSomethingIsMeasured();

private:
    /// The answer to one request.
    static ExplanationAnswer answer(ExplanationSource& source, const std::vector<std::size_t>& which,
                                    const std::vector<Record>& all, bool withFiles = true)
    {
        ExplanationAnswer taken;
        QSignalSpy spy(&source, &ExplanationSource::ready);
        connect(&source, &ExplanationSource::ready, &source, [&](const auto& ready) { taken = *ready; });
        source.request(which, all, withFiles);
        spy.wait(10000);
        source.disconnect();
        return taken;
    }
};

void TestExplanationSource::aRecordIsExplainedOnAnotherThread()
{
    std::thread::id thread;
    ExplanationSource source([&](int threads) {
        thread = std::this_thread::get_id();
        return peaks(threads);
    });
    const ExplanationAnswer said = answer(source, {0}, records());
    QCOMPARE(said.ids, QStringList{"a"});
    QCOMPARE(said.explanations.size(), std::size_t{2});
    QCOMPARE(said.explanations[0].code, std::string("roofline"));
    QCOMPARE(*said.explanations[1].share, 0.5); // page faults, which the other record has none of
    QVERIFY(thread != std::thread::id() && thread != std::this_thread::get_id());
}

void TestExplanationSource::twoRecordsAreHeldAgainstEachOther()
{
    ExplanationSource source(peaks);
    const ExplanationAnswer said = answer(source, {0, 1}, records());
    QCOMPARE(said.ids, (QStringList{"a", "b"}));
    QCOMPARE(said.explanations.front().code, std::string("time"));
    QVERIFY(said.missing.empty());
}

void TestExplanationSource::ofSeveralRequestsTheLastIsAnswered()
{
    ExplanationSource source(peaks);
    QSignalSpy spy(&source, &ExplanationSource::ready);
    QStringList ids;
    connect(&source, &ExplanationSource::ready, this, [&](const auto& ready) { ids << ready->ids; });
    for (int i = 0; i < 5; ++i)
        source.request({0}, records(), true);
    source.request({1}, records(), true);
    QVERIFY(spy.wait(10000));
    QTest::qWait(50);
    QCOMPARE(ids, QStringList{"b"});
}

void TestExplanationSource::noneOrManyAreNotAnswered()
{
    ExplanationSource source(peaks);
    QSignalSpy spy(&source, &ExplanationSource::ready);
    source.request({0}, records(), true);
    source.request({}, records(), true);
    QVERIFY(!spy.wait(300));
    source.request({0, 1, 0}, records(), true);
    QVERIFY(!spy.wait(300));
}

void TestExplanationSource::withoutRoofsThatIsSaid()
{
    for (const auto& known : {ExplanationSource::KnownPeaks(), ExplanationSource::KnownPeaks([](int) -> Result<Peaks> {
                                  return fail(ErrorCode::NotFound, "There are none.");
                              })}) {
        ExplanationSource source(known);
        const ExplanationAnswer said = answer(source, {0}, records());
        QCOMPARE(said.explanations.size(), std::size_t{1});
        QVERIFY(said.missing.back().starts_with("What this machine can do at most is not known for 2 threads"));
    }
}

void TestExplanationSource::filesAreNotReadWhileSomethingIsMeasured()
{
    std::vector<Record> all = records();
    all[0].configuration.model = "gone.pth";
    ExplanationSource source(peaks);
    const ExplanationAnswer said = answer(source, {0}, all, false);
    QVERIFY(said.missing.front().starts_with("The network of gone.pth cannot be read"));
}

QTEST_GUILESS_MAIN(TestExplanationSource)
#include "tst_explanation_source.moc"
