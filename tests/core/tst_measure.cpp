#include <QTest>

#include <stop_token>

#include <QRegularExpression>

#include "core/benchmark/measure.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

Configuration smallAt(std::int64_t batch, const std::string& mode = "eager")
{
    return {"small", mode, batch, 1, {}, "cpu"};
}

Result<Record> measureSmall(test::FakeBackend& backend, const Configuration& configuration,
                            const MeasureOptions& options = {}, std::stop_token stop = {},
                            const ProgressSink& progress = {})
{
    return measureModel(backend, test::smallModel(), configuration, options, backend.behaviour.machine->probe(), stop,
                        progress);
}

bool hasFlag(const Record& record, const std::string& code)
{
    return std::any_of(record.flags.begin(), record.flags.end(), [&](const Flag& flag) { return flag.code == code; });
}

} // namespace

class MeasureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRecordDescribesTheModel();
    void aRecordHoldsLatencyAndThroughput();
    void aRecordHasAnIdATimeAndAnEnvironment();
    void throughputsIntervalIsTheLatencysTurnedRound();
    void pageFaultsAreCountedPerInference();
    void peakTensorBytesComeFromAnInferenceOfTheirOwn();
    void macsAreCountedASecondTime();
    void countsThatDisagreeAreFlagged();
    void theNetworkIsPreparedAsConfigured();
    void nothingOfTheNetworkStaysBehind();
    void layersAddUpToTheWhole();
    void layersThatDoNotAddUpAreFlagged();
    void layersCountTheBatchsMacs();
    void withoutLayersNoneAreTimed();
    void aStopKeepsWhatWasSampled();
    void aStopInTheLayersKeepsTheRecord();
    void tooLittleMemoryIsRefusedBeforeAnythingIsPrepared();
    void badConfigurationsAreRefused_data();
    void badConfigurationsAreRefused();
    void badOptionsAreRefused();
    void anUnknownModelIsRefused();
    void aFailingInferenceIsHandedOn();
    void lackOfMemoryIsAnError();
    void anExceptionIsAnErrorThatNamesTheConfiguration();
    void progressNeverFalls();
};

void MeasureTest::aRecordDescribesTheModel()
{
    test::FakeBackend backend;
    const auto record = measureSmall(backend, smallAt(2));
    QVERIFY(record);
    QCOMPARE(record->configuration.model, std::string("small"));
    QCOMPARE(record->configuration.input, (Shape{3, 8, 8}));
    QCOMPARE(record->family, std::string("Test"));
    QCOMPARE(record->type, std::string("cnn"));
    QCOMPARE(record->params, std::int64_t{162});
    QCOMPARE(record->macs, std::int64_t{108 * 64 + 40});
    QCOMPARE(record->parameterBytes, std::int64_t{162 * 4});
    QCOMPARE(record->top1.value(), 0.5);
    QCOMPARE(record->fileBytes.value(), std::int64_t{1234});
}

void MeasureTest::aRecordHoldsLatencyAndThroughput()
{
    test::FakeBackend backend;
    backend.behaviour.seconds = [](int) { return 1.0 / 64.0; };
    const auto record = measureSmall(backend, smallAt(8));
    QVERIFY(record);
    QCOMPARE(record->latency.median, 15.625);
    QCOMPARE(record->latency.ciLow, 15.625);
    QCOMPARE(record->throughput, 512.0);
    QCOMPARE(record->stopReason, std::string("precise"));
    QVERIFY(record->warmups >= 10);
    QVERIFY(record->flags.empty());
    QVERIFY(!record->isolated);
}

void MeasureTest::aRecordHasAnIdATimeAndAnEnvironment()
{
    test::FakeBackend backend;
    const auto first = measureSmall(backend, smallAt(1));
    const auto second = measureSmall(backend, smallAt(1));
    QVERIFY(QRegularExpression("^[0-9a-f]{16}$").match(QString::fromStdString(first->id)).hasMatch());
    QVERIFY(first->id != second->id);
    QVERIFY(QRegularExpression("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$")
                .match(QString::fromStdString(first->time))
                .hasMatch());
    QCOMPARE(first->environment.library, std::string("FakeTorch 1.0"));
    QVERIFY(first->peakResidentBytes > 0);
}

void MeasureTest::throughputsIntervalIsTheLatencysTurnedRound()
{
    test::FakeBackend backend;
    backend.behaviour.seconds = [](int run) { return run % 2 == 0 ? 0.008 : 0.0125; };
    const auto record = measureSmall(backend, smallAt(1), {.maxSeconds = 2.0});
    QCOMPARE(record->latency.ciLow, 8.0);
    QCOMPARE(record->latency.ciHigh, 12.5);
    QCOMPARE(record->throughputLow, 80.0);
    QCOMPARE(record->throughputHigh, 125.0);
    QVERIFY(hasFlag(*record, "imprecise"));
}

void MeasureTest::pageFaultsAreCountedPerInference()
{
    test::FakeBackend backend;
    test::FakeMachine& machine = *backend.behaviour.machine;
    machine.meanwhile = [&](double) { machine.usage.minorFaults += 7; };
    QCOMPARE(measureSmall(backend, smallAt(1))->pageFaults, 7.0);
}

void MeasureTest::peakTensorBytesComeFromAnInferenceOfTheirOwn()
{
    test::FakeBackend backend;
    backend.behaviour.peakBytes = 123456;
    const auto record = measureSmall(backend, smallAt(1));
    QCOMPARE(record->peakTensorBytes, std::int64_t{123456});
    QCOMPARE(backend.behaviour.inferences, record->warmups + static_cast<int>(record->latency.samples.size()) + 2);
}

void MeasureTest::macsAreCountedASecondTime()
{
    test::FakeBackend backend;
    const auto record = measureSmall(backend, smallAt(1));
    QCOMPARE(*record->macsCounted, record->macs);
    QVERIFY(std::none_of(record->flags.begin(), record->flags.end(),
                         [](const Flag& flag) { return flag.code == "counts_disagree"; }));
}

void MeasureTest::countsThatDisagreeAreFlagged()
{
    test::FakeBackend backend;
    backend.behaviour.operations = OperationCount{1, {}, {}, {{"aten::unheard_of", 3, 0}}};
    const auto record = measureSmall(backend, smallAt(1));
    QCOMPARE(*record->macsCounted, std::int64_t{1});
    const auto flag = std::find_if(record->flags.begin(), record->flags.end(),
                                   [](const Flag& f) { return f.code == "counts_disagree"; });
    QVERIFY(flag != record->flags.end());
    QVERIFY(QString::fromStdString(flag->text).contains("aten::unheard_of"));
}

void MeasureTest::theNetworkIsPreparedAsConfigured()
{
    test::FakeBackend backend;
    QVERIFY(measureSmall(backend, {"small", "channels_last", 5, 3, {}, "cpu"}));
    QCOMPARE(backend.behaviour.threads, (std::vector<int>{3, 3})); // for calibrating, and for running
    QCOMPARE(backend.behaviour.batches, std::vector<std::int64_t>{5});
    QCOMPARE(backend.behaviour.modes, std::vector<std::string>{"channels_last"});
}

void MeasureTest::nothingOfTheNetworkStaysBehind()
{
    test::FakeBackend backend;
    QVERIFY(measureSmall(backend, smallAt(1)));
    backend.behaviour.failsAt = backend.behaviour.inferences + 15;
    QVERIFY(!measureSmall(backend, smallAt(1)));
    QCOMPARE(backend.behaviour.prepared, 2);
    QCOMPARE(backend.behaviour.alive, 0);
}

void MeasureTest::layersAddUpToTheWhole()
{
    test::FakeBackend backend;
    const auto record = measureSmall(backend, smallAt(1), {.layers = true});
    QVERIFY(record);
    QCOMPARE(record->layers.size(), std::size_t{5});
    QCOMPARE(record->layers[0].name, std::string("conv"));
    QCOMPARE(record->layers[0].operation, std::string("Conv2d"));
    QVERIFY(std::abs(record->layers[0].milliseconds - 2.0) < 1e-9);
    QVERIFY(std::abs(record->layersTotalMs - 10.0) < 1e-9);
    QVERIFY(!hasFlag(*record, "layers_unexplained"));
}

void MeasureTest::layersThatDoNotAddUpAreFlagged()
{
    test::FakeBackend backend;
    backend.behaviour.timingOverhead = 0.2;
    QVERIFY(hasFlag(*measureSmall(backend, smallAt(1), {.layers = true}), "layers_unexplained"));
}

void MeasureTest::layersCountTheBatchsMacs()
{
    test::FakeBackend backend;
    const auto record = measureSmall(backend, smallAt(3), {.layers = true});
    QCOMPARE(record->layers[0].macs, std::int64_t{3 * 108 * 64});
    QCOMPARE(record->layers[1].macs, std::int64_t{0});
    QCOMPARE(record->layers[4].macs, std::int64_t{3 * 40});
}

void MeasureTest::withoutLayersNoneAreTimed()
{
    test::FakeBackend backend;
    const auto record = measureSmall(backend, smallAt(1));
    QVERIFY(record->layers.empty());
    QCOMPARE(record->layersTotalMs, 0.0);
}

void MeasureTest::aStopKeepsWhatWasSampled()
{
    test::FakeBackend backend;
    std::stop_source stop;
    backend.behaviour.before = [&](int run) {
        if (run == 50)
            stop.request_stop();
    };
    const auto record = measureSmall(backend, smallAt(1), {.layers = true}, stop.get_token());
    QVERIFY(record);
    QCOMPARE(record->stopReason, std::string("stopped"));
    QVERIFY(hasFlag(*record, "stopped"));
    QCOMPARE(backend.behaviour.inferences, 51);
}

void MeasureTest::aStopInTheLayersKeepsTheRecord()
{
    test::FakeBackend backend;
    std::stop_source stop;
    const ProgressSink progress = [&](const Progress& report) {
        if (report.what == "timing each layer")
            stop.request_stop();
    };
    const auto record = measureSmall(backend, smallAt(1), {.layers = true}, stop.get_token(), progress);
    QVERIFY(record);
    QCOMPARE(record->stopReason, std::string("precise"));
    QVERIFY(record->layers.empty());
}

void MeasureTest::tooLittleMemoryIsRefusedBeforeAnythingIsPrepared()
{
    test::FakeBackend backend;
    const auto record = measureSmall(backend, smallAt(std::int64_t{1} << 50));
    QCOMPARE(record.error().code, ErrorCode::OutOfMemory);
    QVERIFY(record.error().message.find("the largest batch that fits is") != std::string::npos);
    QCOMPARE(backend.behaviour.prepared, 0);
}

void MeasureTest::badConfigurationsAreRefused_data()
{
    QTest::addColumn<Configuration>("configuration");
    QTest::addColumn<std::string>("names");
    QTest::newRow("batch") << Configuration{"small", "eager", 0, 1, {}, "cpu"} << std::string("A batch of 0");
    QTest::newRow("threads") << Configuration{"small", "eager", 1, -2, {}, "cpu"} << std::string("-2 threads");
    QTest::newRow("mode") << Configuration{"small", "fast", 1, 1, {}, "cpu"} << std::string("\"fast\"");
    QTest::newRow("device") << Configuration{"small", "eager", 1, 1, {}, "cuda"} << std::string("\"cuda\"; it has cpu");
}

void MeasureTest::badConfigurationsAreRefused()
{
    QFETCH(Configuration, configuration);
    QFETCH(std::string, names);
    test::FakeBackend backend;
    const auto record = measureSmall(backend, configuration);
    QVERIFY(!record);
    QVERIFY2(record.error().message.find(names) != std::string::npos, record.error().message.c_str());
    QCOMPARE(backend.behaviour.prepared, 0);
}

void MeasureTest::badOptionsAreRefused()
{
    test::FakeBackend backend;
    QVERIFY(!measureSmall(backend, smallAt(1), {.precisionTarget = 0.0}));
    QVERIFY(!measureSmall(backend, smallAt(1), {.precisionTarget = 2.0}));
    QVERIFY(!measureSmall(backend, smallAt(1), {.maxSeconds = 0.0}));
    QCOMPARE(backend.behaviour.prepared, 0);
}

void MeasureTest::anUnknownModelIsRefused()
{
    test::FakeBackend backend;
    const auto record = measureConfiguration(backend, {"resnet5", "eager", 1, 1, {}, "cpu"}, {}, {}, {});
    QCOMPARE(record.error().code, ErrorCode::NotFound);
}

void MeasureTest::aFailingInferenceIsHandedOn()
{
    test::FakeBackend backend;
    backend.behaviour.failsAt = 20;
    const auto record = measureSmall(backend, smallAt(1));
    QCOMPARE(record.error().message, std::string("The fake network failed as it was told to."));
}

void MeasureTest::lackOfMemoryIsAnError()
{
    test::FakeBackend backend;
    backend.behaviour.failsToPrepare = true;
    const auto record = measureSmall(backend, smallAt(4));
    QCOMPARE(record.error().code, ErrorCode::OutOfMemory);
    QVERIFY(record.error().message.find("try a smaller batch") != std::string::npos);
}

void MeasureTest::anExceptionIsAnErrorThatNamesTheConfiguration()
{
    test::FakeBackend backend;
    backend.behaviour.before = [](int) { throw std::runtime_error("boom"); };
    const auto record = measureSmall(backend, smallAt(4));
    QCOMPARE(record.error().code, ErrorCode::EngineFailure);
    QVERIFY(record.error().message.find("batch 4") != std::string::npos);
    QVERIFY(record.error().message.find("boom") != std::string::npos);
    QCOMPARE(backend.behaviour.alive, 0);
}

void MeasureTest::progressNeverFalls()
{
    test::FakeBackend backend;
    backend.behaviour.seconds = [](int run) { return run % 2 == 0 ? 0.008 : 0.0125; };
    std::vector<double> fractions;
    QVERIFY(measureSmall(backend, smallAt(1), {.layers = true}, {},
                         [&](const Progress& progress) { fractions.push_back(progress.fraction); }));
    QVERIFY(std::is_sorted(fractions.begin(), fractions.end()));
    QCOMPARE(fractions.front(), 0.0);
    QVERIFY(fractions.back() <= 1.0);
}

QTEST_APPLESS_MAIN(MeasureTest)
#include "tst_measure.moc"
