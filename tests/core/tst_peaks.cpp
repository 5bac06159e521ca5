#include <QTest>

#include <QDir>
#include <QTemporaryDir>

#include <algorithm>
#include <fstream>
#include <stop_token>

#include "core/base/files.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/instructions.h"
#include "core/benchmark/peaks_file.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

/// A calibration that takes next to no time.
CalibrationOptions quick()
{
    return {1, 1e-6, {{"L1", 32768, 1, 4096}, {"memory", 1 << 30, 1, 8192}}};
}

double rateOf(MatrixType type, int n)
{
    const double base = type == MatrixType::Float32 ? 100e12 : type == MatrixType::BFloat16 ? 50e12 : 400e12;
    return n == 1024 ? base * 2.0 : base;
}

const char* const kFile = R"json({
  "format": 1, "time": "2026-11-23T09:00:00Z", "threads": 2,
  "environment": {"host": "box", "cpu": "Some CPU", "library": "LibTorch 2.13.0", "lathe_version": "0.1.0 (a1b2c3d)"
}
,
  "peaks": {"fp32": 3e11, "bf16": 15e9, "int8": 12e11},
  "vectors": "AVX2",
  "bandwidth": [{"level": "L1", "bytes": 49152, "instances": 2, "read": 4e11, "write": 2e11, "copy": 5e11},
                {"level": "memory", "bytes": 17179869184, "instances": 1, "read": 2e10, "write": 1e10, "copy": 15e9}],
  "notes": ["Busy."]
})json";

std::string changed(std::string text, const std::string& from, const std::string& to)
{
    return text.replace(text.find(from), from.size(), to);
}

} // namespace

class PeaksTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theBestProductOfEachTypeCounts();
    void productsThatWouldTakeTooLongAreLeftOut();
    void everyLevelIsMeasured();
    void progressRisesFromOneThingToTheNext();
    void aStopEndsIt();
    void anEngineThatFailsIsToldOf();
    void refusesThreadsWithoutCores_data();
    void refusesThreadsWithoutCores();
    void saysWhatInstructionsAreMissing();
    void readsAFile();
    void writesWhatItReads();
    void refusesWhatIsNoFileOfPeaks_data();
    void refusesWhatIsNoFileOfPeaks();
    void measuresOnceAndThenReads();
    void measuresAgainWhatIsStaleOrDamaged_data();
    void measuresAgainWhatIsStaleOrDamaged();
    void aFileThatCannotBeWrittenIsSaid();
    void filesLieInTheUsersCacheFolder();
};

void PeaksTest::theBestProductOfEachTypeCounts()
{
    test::FakeBackend backend;
    backend.behaviour.matrixRate = rateOf;
    CalibrationOptions options = quick();
    options.seconds = 0.1; // at these rates products of every size fit
    const Result<Peaks> peaks = measurePeaks(backend, options, {}, {});
    QVERIFY(peaks);
    QCOMPARE(peaks->fp32, 200e12);
    QCOMPARE(peaks->bf16, 100e12);
    QCOMPARE(peaks->int8, 800e12);
    QCOMPARE(peaks->threads, 1);
    QCOMPARE(backend.behaviour.threads, std::vector<int>{1});
    QVERIFY(peaks->environment.comparableWith(currentEnvironment(backend.info())));
    QCOMPARE(peaks->time.size(), std::string("2026-11-23T09:00:00Z").size());
}

void PeaksTest::productsThatWouldTakeTooLongAreLeftOut()
{
    test::FakeBackend backend;
    // 512 squared takes 0.27 s at this rate, 1024 squared 2.1 s.
    backend.behaviour.matrixRate = [](MatrixType, int) { return 1e9; };
    CalibrationOptions options = quick();
    options.seconds = 1.0;
    options.sets.resize(1);
    QVERIFY(measurePeaks(backend, options, {}, {}));
    for (const auto& [type, edge] : backend.behaviour.matrices)
        QCOMPARE(edge, 512);
    QCOMPARE(backend.behaviour.matrices.size(), std::size_t{3});
}

void PeaksTest::everyLevelIsMeasured()
{
    test::FakeBackend backend;
    backend.behaviour.matrixRate = rateOf;
    const Result<Peaks> peaks = measurePeaks(backend, quick(), {}, {});
    QVERIFY(peaks);
    QCOMPARE(peaks->bandwidth.size(), std::size_t{2});
    QCOMPARE(peaks->bandwidth[0].level, std::string("L1"));
    QCOMPARE(peaks->bandwidth[0].bytes, std::int64_t{32768});
    QCOMPARE(peaks->bandwidth[1].level, std::string("memory"));
    QVERIFY(peaks->bandwidth[1].best() > 0.0);
    QVERIFY(!peaks->vectors.empty());
    // 8 KiB of "memory" are less than twice the cache.
    QVERIFY(std::any_of(peaks->notes.begin(), peaks->notes.end(),
                        [](const std::string& note) { return note.starts_with("There was too little free memory"); }));
}

void PeaksTest::progressRisesFromOneThingToTheNext()
{
    test::FakeBackend backend;
    backend.behaviour.matrixRate = rateOf;
    std::vector<std::string> what;
    double last = -1.0;
    QVERIFY(measurePeaks(backend, quick(), {}, [&](const Progress& progress) {
        QVERIFY(progress.fraction > last && progress.fraction < 1.0);
        last = progress.fraction;
        what.push_back(progress.what);
    }));
    QCOMPARE(what, (std::vector<std::string>{"measuring the bandwidth of L1", "measuring the bandwidth of memory",
                                             "measuring fp32 matrix products", "measuring bf16 matrix products",
                                             "measuring int8 matrix products"}));
}

void PeaksTest::aStopEndsIt()
{
    test::FakeBackend backend;
    std::stop_source source;
    backend.behaviour.matrixRate = [&](MatrixType type, int n) {
        source.request_stop();
        return rateOf(type, n);
    };
    const auto stopped = measurePeaks(backend, quick(), source.get_token(), {});
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
    QCOMPARE(backend.behaviour.matrices.size(), std::size_t{1});
}

void PeaksTest::anEngineThatFailsIsToldOf()
{
    test::FakeBackend backend;
    const auto failed = measurePeaks(backend, quick(), {}, {});
    QVERIFY(!failed);
    QCOMPARE(failed.error().code, ErrorCode::EngineFailure);
}

void PeaksTest::refusesThreadsWithoutCores_data()
{
    QTest::addColumn<int>("threads");
    QTest::addColumn<double>("seconds");
    QTest::newRow("none") << 0 << 1.0;
    QTest::newRow("negative") << -1 << 1.0;
    QTest::newRow("too many") << usableCores() + 1 << 1.0;
    QTest::newRow("no time") << 1 << 0.0;
}

void PeaksTest::refusesThreadsWithoutCores()
{
    QFETCH(int, threads);
    QFETCH(double, seconds);
    test::FakeBackend backend;
    const auto refused = measurePeaks(backend, {threads, seconds, {}}, {}, {});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::InvalidArgument);
}

void PeaksTest::saysWhatInstructionsAreMissing()
{
    QCOMPARE(missingInstructions("AVX2 FMA").size(), std::size_t{2});
    QVERIFY(missingInstructions("AVX2 FMA").front().find("bf16") != std::string::npos);
    const auto one = missingInstructions("AVX2 FMA AVX-512 VNNI");
    QCOMPARE(one.size(), std::size_t{1});
    QVERIFY(one.front().find("bf16") != std::string::npos);
    QVERIFY(missingInstructions("AVX-512 VNNI BF16 AMX").empty());
    QVERIFY(missingInstructions("NEON BF16 I8MM").empty());
    QVERIFY(slownessOf(Mode::BFloat16, "AVX2 AVX-512 VNNI").has_value());
    QVERIFY(!slownessOf(Mode::BFloat16, "AVX2 AVX-512 VNNI BF16").has_value());
    QVERIFY(!slownessOf(Mode::BFloat16, "AMX").has_value());
    QVERIFY(!slownessOf(Mode::Fused, "AVX2").has_value());
}

void PeaksTest::readsAFile()
{
    const Result<Peaks> peaks = peaksFromJson(kFile);
    QVERIFY(peaks);
    QCOMPARE(peaks->threads, 2);
    QCOMPARE(peaks->environment.cpu, std::string("Some CPU"));
    QCOMPARE(peaks->fp32, 3e11);
    QCOMPARE(peaks->bf16, 15e9);
    QCOMPARE(peaks->int8, 12e11);
    QCOMPARE(peaks->bandwidth.front(), (Bandwidth{"L1", 49152, 2, 4e11, 2e11, 5e11}));
    QCOMPARE(peaks->bandwidth.back().best(), 2e10);
    QCOMPARE(peaks->notes, std::vector<std::string>{"Busy."});
}

void PeaksTest::writesWhatItReads()
{
    const std::string text = peaksToJson(*peaksFromJson(kFile));
    QCOMPARE(peaksToJson(*peaksFromJson(text)), text);
    QVERIFY(text.find("\"level\": \"memory\"") != std::string::npos);
}

void PeaksTest::refusesWhatIsNoFileOfPeaks_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    const auto with = [](const char* from, const char* to) { return QString::fromStdString(changed(kFile, from, to)); };
    QTest::newRow("empty") << ""
                           << "it is not JSON";
    QTest::newRow("torn") << QString(kFile).left(300) << "it is not JSON";
    QTest::newRow("a list") << "[1]"
                            << "it is not JSON";
    QTest::newRow("a later format") << with("\"format\": 1", "\"format\": 2") << "another version";
    QTest::newRow("no format") << with("\"format\": 1,", "") << "another version";
    QTest::newRow("text for a number") << with("3e11", "\"fast\"") << "'peaks.fp32' is not a number";
    QTest::newRow("no figure") << with("\"fp32\": 3e11,", "") << "a figure is missing";
    QTest::newRow("zero") << with("\"read\": 2e10", "\"read\": 0") << "not above 0";
    QTest::newRow("infinite") << with("3e11", "\"Infinity\"") << "not above 0";
    QTest::newRow("no threads") << with("\"threads\": 2", "\"threads\": 0") << "not above 0";
    QTest::newRow("no memory") << with("\"memory\"", "\"L4\"") << "a figure is missing";
    QTest::newRow("no size") << with("\"bytes\": 49152", "\"bytes\": 0") << "not above 0";
}

void PeaksTest::refusesWhatIsNoFileOfPeaks()
{
    QFETCH(QString, text);
    QFETCH(QString, says);
    const auto refused = peaksFromJson(text.toStdString());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::BadFile);
    QVERIFY2(refused.error().message.find(says.toStdString()) != std::string::npos, refused.error().message.c_str());
}

void PeaksTest::measuresOnceAndThenReads()
{
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("new/folder/peaks-1.json").toStdString();
    test::FakeBackend backend;
    backend.behaviour.matrixRate = rateOf;
    const auto first = peaksOf(backend, quick(), file, false, {}, {});
    QVERIFY(first && first->measured && first->said.empty());
    const std::size_t products = backend.behaviour.matrices.size();
    const auto second = peaksOf(backend, quick(), file, false, {}, {});
    QVERIFY(second && !second->measured && second->said.empty());
    QCOMPARE(backend.behaviour.matrices.size(), products);
    QCOMPARE(second->peaks.bandwidth, first->peaks.bandwidth);
    const auto third = peaksOf(backend, quick(), file, true, {}, {});
    QVERIFY(third && third->measured && third->said.empty());
}

void PeaksTest::measuresAgainWhatIsStaleOrDamaged_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("says");
    QTest::newRow("another library") << "FakeTorch 1.0"
                                     << "FakeTorch 0.9"
                                     << "with other software";
    QTest::newRow("damaged") << "\"fp32\""
                             << "\"fp99\""
                             << "is damaged (a figure is missing";
    QTest::newRow("other threads") << "\"threads\": 1"
                                   << "\"threads\": 2"
                                   << "is of 2 threads, not of 1";
}

void PeaksTest::measuresAgainWhatIsStaleOrDamaged()
{
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QString, says);
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("peaks-1.json").toStdString();
    test::FakeBackend backend;
    backend.behaviour.matrixRate = rateOf;
    QVERIFY(peaksOf(backend, quick(), file, false, {}, {}));
    const std::string sound = *readFile(file);
    QVERIFY(writeFileAtomically(file, changed(sound, from.toStdString(), to.toStdString())));
    const auto again = peaksOf(backend, quick(), file, false, {}, {});
    QVERIFY(again && again->measured);
    QCOMPARE(again->said.size(), std::size_t{1});
    QVERIFY2(again->said.front().find(says.toStdString()) != std::string::npos, again->said.front().c_str());
    QVERIFY(again->said.front().ends_with("This machine is measured again."));
    const auto read = peaksOf(backend, quick(), file, false, {}, {});
    QVERIFY(read && !read->measured);
}

void PeaksTest::aFileThatCannotBeWrittenIsSaid()
{
    const QTemporaryDir folder;
    const std::filesystem::path blocked = folder.filePath("file").toStdString();
    std::ofstream(blocked) << "in the way";
    test::FakeBackend backend;
    backend.behaviour.matrixRate = rateOf;
    const auto known = peaksOf(backend, quick(), blocked / "lathe" / "peaks-1.json", true, {}, {});
    QVERIFY(known && known->measured);
    QCOMPARE(known->said.size(), std::size_t{1});
    QVERIFY2(known->said.front().find("could not be made") != std::string::npos, known->said.front().c_str());
    const auto homeless = peaksOf(backend, quick(), std::nullopt, false, {}, {});
    QVERIFY(homeless && homeless->measured);
    QVERIFY(homeless->said.front().find("no home folder") != std::string::npos);
}

void PeaksTest::filesLieInTheUsersCacheFolder()
{
    qputenv("HOME", "/home/someone");
    qputenv("XDG_CACHE_HOME", "/var/caches");
    QCOMPARE(*peaksFile(4), std::filesystem::path("/var/caches/lathe/peaks-4.json"));
    qputenv("XDG_CACHE_HOME", "relative"); // not allowed by the specification
    QCOMPARE(*peaksFile(4), std::filesystem::path("/home/someone/.cache/lathe/peaks-4.json"));
    qunsetenv("XDG_CACHE_HOME");
    QCOMPARE(*peaksFile(1), std::filesystem::path("/home/someone/.cache/lathe/peaks-1.json"));
    qunsetenv("HOME");
    QVERIFY(!peaksFile(1));
}

QTEST_APPLESS_MAIN(PeaksTest)
#include "tst_peaks.moc"
