#include <QTest>

#include <QFile>
#include <QTemporaryDir>

#include <stop_token>
#include <thread>

#include <fmt/format.h>

#include "core/benchmark/environment.h"
#include "core/benchmark/estimate.h"
#include "core/benchmark/isolate.h"
#include "core/benchmark/machine.h"
#include "core/benchmark/presets.h"
#include "core/benchmark/sweep.h"
#include "core/graph/cost.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

Setup setupOf(std::vector<std::string> models)
{
    Setup setup;
    setup.models = std::move(models);
    setup.threads = {1};
    return setup;
}

std::vector<Configuration> three()
{
    return {{"lenet", "eager", 1, 1, {1, 28, 28}, "cpu"},
            {"lenet", "eager", 2, 1, {1, 28, 28}, "cpu"},
            {"lenet", "eager", 4, 1, {1, 28, 28}, "cpu"}};
}

Measurer measuring(std::function<Result<Record>(const Configuration&)> how)
{
    return
        [how](const Configuration& configuration, std::stop_token, const ProgressSink&) { return how(configuration); };
}

Result<Record> recordOf(const Configuration& configuration)
{
    Record record;
    record.configuration = configuration;
    return record;
}

/// A program that stands for `lathe`: a shell script.
class Executable {
public:
    explicit Executable(const std::string& script)
    {
        QFile file(QString::fromStdString(path()));
        if (file.open(QIODevice::WriteOnly))
            file.write(QByteArray::fromStdString("#!/bin/sh\n" + script));
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    }
    std::string path() const { return m_folder.filePath("lathe").toStdString(); }
    std::string beside(const char* name) const { return m_folder.filePath(name).toStdString(); }
    std::string contents(const char* name) const
    {
        QFile file(m_folder.filePath(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : "";
    }

private:
    QTemporaryDir m_folder;
};

/// What `lathe bench --json` prints for a record of 12.5 ms.
std::string printedRecord()
{
    Record record;
    record.id = "0123456789abcdef";
    record.configuration = three().front();
    record.latency.median = 12.5;
    record.latency.samples = {12.0, 12.5, 13.0};
    record.throughput = 80.0;
    return recordsToJson({record}, record.environment);
}

std::string messageOf(const std::string& script)
{
    const Executable executable(script);
    const auto record = measureIsolated(executable.path(), three().front(), setupOf({"lenet"}), {});
    return record ? "" : record.error().message;
}

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// Guessed for all configurations of a setup.
double secondsOf(const Setup& setup)
{
    const auto configurations = expand(setup);
    double seconds = 0.0;
    for (const Configuration& configuration : *configurations)
        seconds += estimateSeconds(configuration, cost(*graphOf(configuration)).macs, setup);
    return seconds;
}

} // namespace

class SweepTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aSweepIsTheCrossProductModelByModel();
    void repeatedValuesAreMeasuredOnce();
    void inputsAreWrittenOut();
    void noThreadsMeansAllCores();
    void unknownNamesAndBadSizesAreErrors_data();
    void unknownNamesAndBadSizesAreErrors();
    void everyConfigurationIsStartedAndFinishedInOrder();
    void aFailureIsReportedAndTheSweepGoesOn();
    void aStopEndsTheSweepBeforeTheNextConfiguration();
    void aCancelledConfigurationEndsTheSweep();
    void aRecordCutShortByAStopIsKept();
    void estimatesGrowWithWorkAndNeverPassTheLimitByMuch();
    void learnsTheRateFromWhatWasMeasuredHere();
    void presetsCanBeExpanded();
    void quickStartTakesLessThanAMinuteOnTwoCores();
    void anIsolatedRecordIsReadFromTheChild();
    void theChildIsToldTheWholeConfiguration();
    void aChildThatFailsIsQuoted();
    void aChildThatIsKilledIsTakenForOutOfMemory();
    void aChildThatCrashesIsNamedWithItsSignal();
    void aChildThatPrintsNonsenseIsAnError();
    void aMissingExecutableIsAnError();
    void aStopEndsTheChild();
};

void SweepTest::aSweepIsTheCrossProductModelByModel()
{
    Setup setup = setupOf({"lenet", "resnet18"});
    setup.modes = {"eager", "channels_last"};
    setup.batches = {1, 8};
    setup.threads = {1, 2};
    const auto all = expand(setup);
    QVERIFY(all);
    QCOMPARE(all->size(), std::size_t{16});
    QCOMPARE((*all)[0], (Configuration{"lenet", "eager", 1, 1, {1, 28, 28}, "cpu"}));
    QCOMPARE((*all)[1], (Configuration{"lenet", "eager", 8, 1, {1, 28, 28}, "cpu"}));
    QCOMPARE((*all)[2], (Configuration{"lenet", "eager", 1, 2, {1, 28, 28}, "cpu"}));
    QCOMPARE((*all)[4], (Configuration{"lenet", "channels_last", 1, 1, {1, 28, 28}, "cpu"}));
    QCOMPARE((*all)[8].model, std::string("resnet18"));
}

void SweepTest::repeatedValuesAreMeasuredOnce()
{
    Setup setup = setupOf({"lenet", "lenet"});
    setup.batches = {1, 8, 1};
    QCOMPARE(expand(setup)->size(), std::size_t{2});
}

void SweepTest::inputsAreWrittenOut()
{
    Setup setup = setupOf({"resnet18"});
    QCOMPARE(expand(setup)->front().input, (Shape{3, 224, 224}));
    setup.inputs = {{3, 64, 64}, {3, 128, 128}};
    QCOMPARE(expand(setup)->size(), std::size_t{2});
    QCOMPARE(expand(setup)->back().input, (Shape{3, 128, 128}));
}

void SweepTest::noThreadsMeansAllCores()
{
    Setup setup = setupOf({"lenet"});
    setup.threads.clear();
    QCOMPARE(expand(setup)->front().threads, usableCores());
}

void SweepTest::unknownNamesAndBadSizesAreErrors_data()
{
    QTest::addColumn<Setup>("setup");
    QTest::addColumn<std::string>("names");
    const auto with = [](auto change) {
        Setup setup = setupOf({"resnet18"});
        change(setup);
        return setup;
    };
    QTest::newRow("no model") << setupOf({}) << std::string("choose a model");
    QTest::newRow("model") << setupOf({"lenet", "resnet19"}) << std::string("resnet19");
    QTest::newRow("file") << setupOf({"missing/file.safetensors"}) << std::string("missing/file.safetensors");
    QTest::newRow("mode") << with([](Setup& s) { s.modes = {"eager", "fast"}; }) << std::string("\"fast\"");
    QTest::newRow("no mode") << with([](Setup& s) { s.modes = {}; }) << std::string("choose a mode");
    QTest::newRow("batch") << with([](Setup& s) { s.batches = {4, 0}; }) << std::string("A batch of 0");
    QTest::newRow("threads") << with([](Setup& s) { s.threads = {0}; }) << std::string("0 threads");
    QTest::newRow("input") << with([](Setup& s) {
        s = setupOf({"swin_t"}), s.inputs = {{3, 2, 2}};
    }) << std::string("features.");
}

void SweepTest::unknownNamesAndBadSizesAreErrors()
{
    QFETCH(Setup, setup);
    QFETCH(std::string, names);
    const auto all = expand(setup);
    QVERIFY(!all);
    QVERIFY2(contains(all.error().message, names), all.error().message.c_str());
}

void SweepTest::everyConfigurationIsStartedAndFinishedInOrder()
{
    std::string log;
    SweepEvents events;
    events.started = [&](std::size_t index) { log += fmt::format("start {};", index); };
    events.finished = [&](std::size_t index, const Record& record) {
        log += fmt::format("batch {} of {};", record.configuration.batch, index);
    };
    QVERIFY(runSweep(three(), measuring(recordOf), events, {}));
    QCOMPARE(log, std::string("start 0;batch 1 of 0;start 1;batch 2 of 1;start 2;batch 4 of 2;"));
}

void SweepTest::aFailureIsReportedAndTheSweepGoesOn()
{
    std::string log;
    SweepEvents events;
    events.finished = [&](std::size_t index, const Record&) { log += fmt::format("{} done;", index); };
    events.failed = [&](std::size_t index, const Error& error) { log += fmt::format("{} {};", index, error.message); };
    const auto measure = measuring([](const Configuration& configuration) -> Result<Record> {
        if (configuration.batch == 2)
            return fail(ErrorCode::OutOfMemory, "too large");
        return recordOf(configuration);
    });
    QVERIFY(runSweep(three(), measure, events, {}));
    QCOMPARE(log, std::string("0 done;1 too large;2 done;"));
}

void SweepTest::aStopEndsTheSweepBeforeTheNextConfiguration()
{
    std::stop_source stop;
    int finished = 0;
    SweepEvents events;
    events.finished = [&](std::size_t, const Record&) {
        ++finished;
        stop.request_stop();
    };
    const auto done = runSweep(three(), measuring(recordOf), events, stop.get_token());
    QVERIFY(!done);
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
    QCOMPARE(finished, 1);
}

void SweepTest::aCancelledConfigurationEndsTheSweep()
{
    int started = 0;
    SweepEvents events;
    events.started = [&](std::size_t) { ++started; };
    events.failed = [&](std::size_t, const Error&) { QFAIL("a stop is no failure"); };
    const auto cancelled =
        measuring([](const Configuration&) -> Result<Record> { return fail(ErrorCode::Cancelled, "stopped"); });
    QCOMPARE(runSweep(three(), cancelled, events, {}).error().code, ErrorCode::Cancelled);
    QCOMPARE(started, 1);
}

void SweepTest::aRecordCutShortByAStopIsKept()
{
    test::FakeBackend backend;
    std::stop_source stop;
    backend.behaviour.before = [&](int run) {
        if (run == 60)
            stop.request_stop();
    };
    std::vector<Record> records;
    SweepEvents events;
    events.finished = [&](std::size_t, const Record& record) { records.push_back(record); };
    const Measurer measure = [&](const Configuration& c, std::stop_token token, const ProgressSink& progress) {
        return measureModel(backend, test::smallModel(), c, {}, backend.behaviour.machine->probe(), token, progress);
    };
    QCOMPARE(runSweep(three(), measure, events, stop.get_token()).error().code, ErrorCode::Cancelled);
    QCOMPARE(records.size(), std::size_t{1});
    QCOMPARE(records[0].stopReason, std::string("stopped"));
}

void SweepTest::learnsTheRateFromWhatWasMeasuredHere()
{
    Record here;
    here.environment.host = machine::hostName();
    here.configuration.batch = 2;
    here.configuration.threads = 4;
    here.macs = 4'000'000'000;
    here.latency.median = 100.0;
    QCOMPARE(typicalRate({here}), 20e9); // 8 GMACs in 0.1 s on 4 cores
    Record elsewhere = here;
    elsewhere.environment.host += "-other";
    QCOMPARE(typicalRate({elsewhere}), typicalRate({}));
    Record tooShort = here;
    tooShort.latency.median = 0.1;
    QCOMPARE(typicalRate({tooShort}), typicalRate({}));
}

void SweepTest::estimatesGrowWithWorkAndNeverPassTheLimitByMuch()
{
    Setup setup = setupOf({"resnet18"});
    setup.layers = false;
    const double one = secondsOf(setup);
    setup.batches = {32};
    const double many = secondsOf(setup);
    setup.batches = {1, 32};
    const double both = secondsOf(setup);
    QVERIFY(one > 0.0);
    QVERIFY(many > one);
    QVERIFY(many < setup.maxSeconds + 20.0);
    QVERIFY(std::abs(both - one - many) < 1e-9);
    setup.isolate = true;
    QVERIFY(secondsOf(setup) > both);
}

void SweepTest::presetsCanBeExpanded()
{
    QCOMPARE(presets().size(), std::size_t{4});
    QCOMPARE(presets()[0].name, std::string("Quick start"));
    QCOMPARE(presets()[1].name, std::string("Three architectures of 20 to 30 M parameters"));
    for (const Preset& preset : presets()) {
        const auto all = expand(preset.setup);
        QVERIFY2(all, all ? "" : all.error().message.c_str());
        QVERIFY(!preset.description.empty());
    }
}

void SweepTest::quickStartTakesLessThanAMinuteOnTwoCores()
{
    const Preset& preset = presets()[0];
    Setup setup = preset.setup;
    setup.threads = {2};
    QVERIFY(secondsOf(setup) < 60.0);
    QVERIFY(static_cast<double>(setup.models.size()) * setup.maxSeconds < 40.0);
}

void SweepTest::anIsolatedRecordIsReadFromTheChild()
{
    const Executable executable(fmt::format("cat <<'END'\n{}\nEND\n", printedRecord()));
    const auto record = measureIsolated(executable.path(), three().front(), setupOf({"lenet"}), {});
    QVERIFY2(record, record ? "" : record.error().message.c_str());
    QCOMPARE(record->latency.median, 12.5);
    QCOMPARE(record->latency.samples.size(), std::size_t{3});
    QCOMPARE(record->id, std::string("0123456789abcdef"));
    QVERIFY(record->isolated);
}

void SweepTest::theChildIsToldTheWholeConfiguration()
{
    const Executable executable("echo \"$@\" > \"$(dirname \"$0\")/arguments\"\nexit 1\n");
    Setup setup = setupOf({"resnet18"});
    setup.precisionTarget = 0.05;
    setup.maxSeconds = 7.5;
    QVERIFY(!measureIsolated(executable.path(), {"resnet18", "channels_last", 8, 2, {3, 64, 64}, "cpu"}, setup, {}));
    QCOMPARE(
        executable.contents("arguments"),
        std::string("bench resnet18 --mode channels_last --batch 8 --threads 2 --device cpu --precision-target 0.05 "
                    "--max-seconds 7.5 --json --end-with-parent --input 3x64x64 --layers\n"));
}

void SweepTest::aChildThatFailsIsQuoted()
{
    const std::string message = messageOf("echo 'loading' >&2; echo 'There is no mode \"x\".' >&2; exit 2\n");
    QVERIFY2(contains(message, "failed with code 2: There is no mode \"x\"."), message.c_str());
    QVERIFY(contains(message, "lenet"));
    QVERIFY(contains(messageOf("exit 1\n"), "it gave no reason"));
}

void SweepTest::aChildThatIsKilledIsTakenForOutOfMemory()
{
    const Executable executable("kill -KILL $$\n");
    const auto record = measureIsolated(executable.path(), three().front(), setupOf({"lenet"}), {});
    QCOMPARE(record.error().code, ErrorCode::OutOfMemory);
    QVERIFY(contains(record.error().message, "try a smaller batch"));
}

void SweepTest::aChildThatCrashesIsNamedWithItsSignal()
{
    QVERIFY(contains(messageOf("kill -SEGV $$\n"), "signal 11"));
}

void SweepTest::aChildThatPrintsNonsenseIsAnError()
{
    QVERIFY(contains(messageOf("echo hello\n"), "no record that could be read"));
    QVERIFY(contains(messageOf("echo '{\"records\": []}'\n"), "there are no records"));
    QVERIFY(contains(messageOf("echo '{\"records\": [3]}'\n"), "no record that could be read"));
    QVERIFY(contains(messageOf("exit 0\n"), "no record that could be read"));
}

void SweepTest::aMissingExecutableIsAnError()
{
    const auto record = measureIsolated("/nowhere/lathe", three().front(), setupOf({"lenet"}), {});
    QCOMPARE(record.error().code, ErrorCode::NotFound);
}

void SweepTest::aStopEndsTheChild()
{
    const Executable executable("exec sleep 200\n");
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stop.request_stop();
    });
    const auto record = measureIsolated(executable.path(), three().front(), setupOf({"lenet"}), stop.get_token());
    QCOMPARE(record.error().code, ErrorCode::Cancelled);
}

QTEST_APPLESS_MAIN(SweepTest)
#include "tst_sweep.moc"
