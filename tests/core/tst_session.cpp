#include <QTemporaryDir>
#include <QTest>

#include <nlohmann/json.hpp>

#include <tuple>

#include "core/session/session.h"
#include "tests/support/sample_record.h"

using lathe::LoadedSession;
using lathe::Record;
using lathe::Session;
using lathe::test::sampleRecord;
using lathe::test::testData;

namespace {

Session sampleSession()
{
    Session session;
    session.setup.models = {"lenet", "resnet50"};
    session.setup.modes = {"eager", "channels_last"};
    session.setup.batches = {1, 8};
    session.setup.threads = {2};
    session.setup.inputs = {{3, 224, 224}, {3, 256, 256}};
    session.setup.precisionTarget = 0.1 + 0.2;
    session.setup.maxSeconds = 60;
    session.setup.isolate = true;
    session.setup.layers = false;
    auto& plot = session.plot;
    std::tie(plot.x, plot.y, plot.xLog, plot.yLog) = std::tuple("macs", "latency", false, false);
    std::tie(plot.colour, plot.size) = std::tuple("family", "params");
    std::tie(plot.labels, plot.intervals, plot.front) = std::tuple(false, false, false);
    std::tie(plot.trend, plot.arrows) = std::tuple(true, false);
    std::tie(plot.overlay, plot.overlayAccuracy) = std::tuple("a.csv", "b.csv");
    std::tie(plot.title, plot.xTitle, plot.yTitle) = std::tuple("Title", "X", "Y");
    plot.hidden = {"family:ResNet", "front"};
    session.plot.sweep = {"Images at once", "Workers", "Delay", "Speed", {"lenet · eager"}};
    session.plot.samples = {"Time", "Share", "Order", {"r1", "r3"}};
    session.plot.choose = {"macs",      "throughput", "file_size", "throughput", {{"latency", 20.5}, {"top1", 75.0}},
                           "Which one", "Work",       "Speed"};
    session.plot.trends = {"macs", "latency", "fused · batch 8 · 2 threads", true, "Law", "Work", "Delay", {"cnn"}};
    session.records = {sampleRecord("r1"), sampleRecord("r2", "lenet"), sampleRecord("r3", "swin_t")};
    session.comparisons = {
        {"r1", "r3", "2026-11-23T03:00:00Z", 1.5, 1.4, 1.0 / 0.6, "r1 is 1.5 times as fast.", {"It was \"busy\"."}}};
    session.notes = "Zeile 1\nLine \"2\" 漢";
    return session;
}

QStringList sentences(const LoadedSession& loaded)
{
    QStringList list;
    for (const std::string& sentence : loaded.lost)
        list << QString::fromStdString(sentence);
    return list;
}

std::vector<std::string> ids(const Session& session)
{
    std::vector<std::string> list;
    for (const Record& record : session.records)
        list.push_back(record.id);
    return list;
}

std::string errorOf(const std::string& text)
{
    const auto session = lathe::sessionFromJson(text);
    return session ? std::string("none") : session.error().message;
}

/// Offsets behind the last byte of each record.
std::vector<std::size_t> recordEnds(const std::string& text, const Session& session)
{
    std::vector<std::size_t> ends;
    for (const Record& record : session.records) {
        const std::string json = lathe::recordToJson(record);
        ends.push_back(text.find(json) + json.size());
    }
    return ends;
}

using Ids = std::vector<std::string>;

} // namespace

class TestSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aSessionComesBackExactly()
    {
        const Session session = sampleSession();
        const std::string text = lathe::sessionToJson(session);
        const auto loaded = lathe::sessionFromJson(text);
        QVERIFY(loaded.has_value());
        QVERIFY(loaded->lost.empty());
        QVERIFY(loaded->session.setup == session.setup);
        QVERIFY(loaded->session.plot == session.plot);
        QCOMPARE(loaded->session.notes, session.notes);
        QVERIFY(loaded->session.comparisons == session.comparisons);
        QCOMPARE(loaded->session.records.size(), std::size_t(3));
        for (std::size_t i = 0; i < 3; ++i)
            QCOMPARE(lathe::recordToJson(loaded->session.records[i]), lathe::recordToJson(session.records[i]));
        QCOMPARE(lathe::sessionToJson(loaded->session), text);
    }

    void recordsThatASessionHasAreNotAddedAgain()
    {
        Session session = sampleSession();
        QCOMPARE(lathe::addMissing(session, {sampleRecord("r2"), sampleRecord("new"), sampleRecord("new")}), 1);
        QCOMPARE(ids(session), (Ids{"r1", "r2", "r3", "new"}));
    }

    void anEmptySessionComesBackToo()
    {
        const auto loaded = lathe::sessionFromJson(lathe::sessionToJson({}));
        QVERIFY(loaded && loaded->lost.empty() && loaded->session.records.empty());
        QVERIFY(loaded->session.setup == lathe::Setup());
    }

    void theFileIsJsonThatNamesItsFormatAndVersion()
    {
        const auto json = nlohmann::json::parse(lathe::sessionToJson(sampleSession()));
        QVERIFY(json["format"] == "lathe-session");
        QVERIFY(json["version"] == 1);
        QVERIFY(json["setup"]["precision_target"] == 0.1 + 0.2);
        QVERIFY(json["plot"]["x"] == "macs");
        QVERIFY(json["plot"]["hidden"] == (Ids{"family:ResNet", "front"}));
        QVERIFY(json["plot"]["sweep"]["batch_title"] == "Images at once");
        QVERIFY(json["plot"]["samples"]["hidden"] == (Ids{"r1", "r3"}));
        QVERIFY(json["plot"]["choose"]["budgets"][0]["limit"] == 20.5);
        QVERIFY(json["plot"]["trends"]["conditions"] == "fused · batch 8 · 2 threads");
        QCOMPARE(json["records"].size(), 3u);
    }

    void aComparisonOfNothingIsLeftOut()
    {
        auto json = nlohmann::json::parse(lathe::sessionToJson(sampleSession()));
        json["comparisons"].push_back({{"first", "r1"}, {"sentence", "r1 is fast."}});
        json["comparisons"].push_back(7);
        auto loaded = lathe::sessionFromJson(json.dump());
        QVERIFY(loaded.has_value());
        QCOMPARE(loaded->session.comparisons.size(), std::size_t(1));
        QCOMPARE(loaded->lost.size(), std::size_t(2));
        json["comparisons"] = "none";
        loaded = lathe::sessionFromJson(json.dump());
        QVERIFY(loaded.has_value() && loaded->session.comparisons.empty());
        QCOMPARE(sentences(*loaded), QStringList("The 'comparisons' of the file are not a list and were left out."));
    }

    void missingAndUnknownKeysDoNoHarm()
    {
        const auto loaded = lathe::sessionFromJson(testData("sessions/minimal.lathe"));
        QVERIFY(loaded.has_value());
        QVERIFY(loaded->lost.empty());
        QCOMPARE(loaded->session.records.size(), std::size_t(1));
        QVERIFY(loaded->session.plot == lathe::PlotSettings());
    }

    void aSessionFromBeforeTheOtherPlotsHadSettingsOpensAsItWas()
    {
        auto json = nlohmann::json::parse(lathe::sessionToJson(sampleSession()));
        for (const char* later : {"hidden", "sweep", "samples", "choose", "trends"})
            json["plot"].erase(later);
        const auto loaded = lathe::sessionFromJson(json.dump());
        QVERIFY(loaded.has_value());
        QVERIFY(loaded->lost.empty());
        lathe::PlotSettings expected = sampleSession().plot;
        expected.hidden.clear();
        expected.sweep = {};
        expected.samples = {};
        expected.choose = {};
        expected.trends = {};
        QVERIFY(loaded->session.plot == expected);
    }

    void aBrokenSettingOfOnePlotLeavesItsOthersAlone()
    {
        auto json = nlohmann::json::parse(lathe::sessionToJson(sampleSession()));
        json["plot"]["sweep"]["hidden"] = "all";
        json["plot"]["samples"] = 3;
        json["plot"]["choose"]["budgets"] = {{{"quantity", "latency"}, {"limit", "low"}}};
        const auto loaded = lathe::sessionFromJson(json.dump());
        QVERIFY(loaded.has_value());
        const QStringList expected = {
            "In the file 'plot.sweep.hidden' is not a list of texts; its default stands in for it.",
            "In the file 'plot.samples' is not an object; its default stands in for it.",
            "In the file 'plot.choose.budgets' is not a list of objects with the right keys; its default stands in for "
            "it."};
        QCOMPARE(sentences(*loaded), expected);
        QCOMPARE(loaded->session.plot.sweep.latencyTitle, std::string("Delay"));
        QVERIFY(loaded->session.plot.sweep.hidden.empty());
        QCOMPARE(loaded->session.plot.samples.timeTitle, std::string());
        QVERIFY(loaded->session.plot.choose.budgets.empty());
        QCOMPARE(loaded->session.plot.choose.third, std::string("file_size"));
    }

    void aNewerVersionIsRefused()
    {
        const auto loaded = lathe::sessionFromJson(testData("sessions/newer.lathe"));
        QVERIFY(!loaded);
        QVERIFY(loaded.error().code == lathe::ErrorCode::Unsupported);
        QCOMPARE(loaded.error().message, std::string("The session was written by a newer Lathe (format 7; this one "
                                                     "reads up to 1). Update Lathe to open it."));
    }

    void aFileNamesItselfInTheSentence()
    {
        const auto loaded = lathe::loadSession(LATHE_TEST_DATA "/sessions/newer.lathe");
        QVERIFY(!loaded);
        QVERIFY(loaded.error().message.starts_with("'" LATHE_TEST_DATA "/sessions/newer.lathe' was written by"));
        QVERIFY(!lathe::loadSession(LATHE_TEST_DATA "/sessions/not_there.lathe"));
    }

    void whatIsNoSessionIsRefused()
    {
        QCOMPARE(errorOf(""), std::string("The session is empty; there is nothing in it to open."));
        const std::string refusal = "The session is not a Lathe session; open a .lathe file.";
        QCOMPARE(errorOf(testData("sessions/other.json")), refusal);
        QCOMPARE(errorOf("[]"), refusal);
        QCOMPARE(errorOf("\x89PNG\r\n\x1a\n"), refusal);
        QCOMPARE(errorOf("{}"), refusal);
        QCOMPARE(errorOf(std::string(100000, '[')), refusal);
        QCOMPARE(errorOf(std::string(1000, '\0')), refusal);
    }

    void aMissingVersionIsTold()
    {
        const auto loaded = lathe::sessionFromJson(R"({"format": "lathe-session", "notes": "n", "records": []})");
        QVERIFY(loaded.has_value());
        QCOMPARE(sentences(*loaded),
                 QStringList{"The file does not say its format's version; it was read as version 1."});
        QCOMPARE(loaded->session.notes, std::string("n"));
    }

    void wrongTypesLoseWhatTheyTouchAndNoMore()
    {
        const auto loaded = lathe::sessionFromJson(testData("sessions/wrong_types.lathe"));
        QVERIFY(loaded.has_value());
        const QStringList expected = {
            "In the file 'setup.batches' is not a list of whole numbers; its default stands in for it.",
            "The 'plot' of the file is not an object; the defaults stand in for it.",
            "The 'notes' of the file are not a text and were left out.",
            "Record 2 was left out: 'batch' is not a whole number.",
            "Record 3 was left out: it is not an object.",
            "Record 4 was left out: 'model' is missing.",
            "Record 5 (resnet18) is incomplete: 'warmups' is not a whole number and 'note' is not a text.",
            "Record 6 was left out: 'latency_ms' is not an object.",
        };
        QCOMPARE(sentences(*loaded), expected);
        QVERIFY(ids(loaded->session) == (Ids{"a", "e", "g"}));
        QVERIFY(loaded->session.setup.models == (Ids{"lenet"}));
        QVERIFY(loaded->session.setup.isolate);
        QVERIFY(loaded->session.setup.batches == std::vector<std::int64_t>{1});
    }

    void aMissingListOfRecordsIsTold()
    {
        const auto loaded = lathe::sessionFromJson(R"({"format": "lathe-session", "version": 1, "rekords": []})");
        QVERIFY(loaded.has_value());
        QCOMPARE(sentences(*loaded), QStringList{"The file holds no list of records."});
    }

    void recordsThatAreNoListAreTold()
    {
        const auto loaded = lathe::sessionFromJson(R"({"format": "lathe-session", "version": 1, "records": {}})");
        QVERIFY(loaded.has_value());
        QCOMPARE(sentences(*loaded), QStringList{"The 'records' of the file are not a list and were left out."});
    }

    void idsAreUniqueAfterLoading()
    {
        const auto loaded = lathe::sessionFromJson(R"({"format": "lathe-session", "version": 1, "records": [
            {"model": "m", "id": "a"}, {"model": "m", "id": "a"}, {"model": "m"}, {"model": "m"}]})");
        QVERIFY(loaded.has_value());
        QVERIFY(ids(loaded->session) == (Ids{"a", "a-2", "record", "record-2"}));
    }

    void everyRecordBeforeACutIsKeptWhereverItFalls()
    {
        const Session session = sampleSession();
        const std::string text = lathe::sessionToJson(session);
        const std::vector<std::size_t> ends = recordEnds(text, session);
        const std::size_t identified = text.find("\"version\"");
        for (std::size_t cut = 0; cut < text.size() - 1; ++cut) { // the last byte is a line end
            const auto loaded = lathe::sessionFromJson(text.substr(0, cut));
            const auto whole = static_cast<std::size_t>(
                std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= cut; }));
            if (cut >= identified)
                QVERIFY2(loaded.has_value(), qPrintable(QString::number(cut)));
            if (!loaded)
                continue;
            QVERIFY2(loaded->session.records.size() == whole, qPrintable(QString::number(cut)));
            QVERIFY2(!loaded->lost.empty(), qPrintable(QString::number(cut)));
            for (std::size_t i = 0; i < whole; ++i)
                QVERIFY(loaded->session.records[i].latency.samples == session.records[i].latency.samples);
        }
    }

    void aCutSaysWhereItFell()
    {
        const Session session = sampleSession();
        const std::string text = lathe::sessionToJson(session);
        const std::vector<std::size_t> ends = recordEnds(text, session);
        const auto lostAt = [&](std::size_t cut) { return sentences(*lathe::sessionFromJson(text.substr(0, cut))); };
        QCOMPARE(lostAt(ends[0]), QStringList{"The file ends too early, behind record 1; what came there is lost."});
        QCOMPARE(lostAt(ends[2] - 1), QStringList{"The file ends too early, in record 3; what came there is lost."});
        QCOMPARE(lostAt(text.find("\"batches\"")),
                 QStringList{"The file ends too early, in the setup; what came there is lost."});
        QCOMPARE(lostAt(text.find("\"y_log\"") + 3),
                 QStringList{"The file ends too early, in the plot settings; what came there is lost."});
    }

    void aCutNumberIsNotTakenForAWholeOne()
    {
        const std::string text = lathe::sessionToJson(sampleSession());
        const std::size_t cut = text.find("\"max_seconds\": 60") == std::string::npos
                                    ? text.find("\"max_seconds\":60")
                                    : text.find("\"max_seconds\": 60");
        QVERIFY(cut != std::string::npos);
        const auto loaded = lathe::sessionFromJson(text.substr(0, text.find('6', cut) + 1));
        QVERIFY(loaded.has_value());
        QCOMPARE(loaded->session.setup.maxSeconds, lathe::Setup().maxSeconds);
        QVERIFY(loaded->session.setup.models == sampleSession().setup.models);
    }

    void aByteGoneWrongLosesItsRecordAlone()
    {
        const Session session = sampleSession();
        std::string text = lathe::sessionToJson(session);
        const std::size_t second = text.find("\"id\":\"r2\"");
        text[second + 4] = '\x01';
        const auto loaded = lathe::sessionFromJson(text);
        QVERIFY(loaded.has_value());
        QVERIFY(ids(loaded->session) == (Ids{"r1", "r3"}));
        QVERIFY(loaded->session.setup == session.setup);
        QCOMPARE(sentences(*loaded), QStringList{"The file is damaged in record 2 (line 11); the rest was read and 1 "
                                                 "record is lost."});
    }

    void aByteGoneWrongAnywhereNeverLosesMoreThanOneRecord()
    {
        const Session session = sampleSession();
        const std::string text = lathe::sessionToJson(session);
        const std::size_t first = text.find("\"records\":") + std::string_view("\"records\"").size();
        for (const char byte : {'"', '\n', '\0'})
            for (std::size_t at = first; at < text.size(); ++at) {
                std::string damaged = text;
                damaged[at] = byte;
                const auto loaded = lathe::sessionFromJson(damaged);
                QVERIFY2(loaded && loaded->session.records.size() >= 2, qPrintable(QString::number(at)));
            }
    }

    void damageAheadOfTheRecordsKeepsThemAll()
    {
        const Session session = sampleSession();
        const std::string text = lathe::sessionToJson(session);
        for (std::size_t at = 0; at < text.find("\"records\""); ++at) {
            std::string damaged = text;
            damaged[at] = '\x02';
            const auto loaded = lathe::sessionFromJson(damaged);
            const bool identityGone = damaged.find("\"lathe-session\"") == std::string::npos ||
                                      damaged.find("\"format\"") == std::string::npos;
            if (!identityGone)
                QVERIFY2(loaded && loaded->session.records.size() == 3, qPrintable(QString::number(at)));
        }
    }

    void aZeroedTailIsToldAsDamage()
    {
        const Session session = sampleSession();
        std::string text = lathe::sessionToJson(session);
        const std::size_t from = recordEnds(text, session)[1];
        std::fill(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), '\0');
        const auto loaded = lathe::sessionFromJson(text);
        QVERIFY(loaded.has_value());
        QCOMPARE(loaded->session.records.size(), std::size_t(2));
        QCOMPARE(sentences(*loaded), QStringList{"The file is damaged behind record 2 (line 11); the rest was read."});
    }

    void whatFollowsTheEndIsPassedOver()
    {
        const auto loaded = lathe::sessionFromJson(lathe::sessionToJson(sampleSession()) + "{\"again\": 1}");
        QVERIFY(loaded.has_value());
        QCOMPARE(loaded->session.records.size(), std::size_t(3));
        QCOMPARE(sentences(*loaded), QStringList{"The file goes on behind its end; that part was passed over."});
    }

    void aThousandRecordsWithTwoHundredSamplesComeBack()
    {
        Session session;
        for (int i = 0; i < 1000; ++i) {
            Record record = sampleRecord(std::to_string(i));
            record.latency.samples.clear();
            for (int k = 0; k < 200; ++k)
                record.latency.samples.push_back(100.0 + (i * 37 + k * 101) % 997 / 7.0);
            session.records.push_back(record);
        }
        const auto loaded = lathe::sessionFromJson(lathe::sessionToJson(session));
        QVERIFY(loaded.has_value());
        QCOMPARE(loaded->session.records.size(), std::size_t(1000));
        QVERIFY(loaded->session.records.back().latency.samples == session.records.back().latency.samples);
    }

    void whatIsSavedIsLoaded()
    {
        const QTemporaryDir folder;
        const std::filesystem::path path = folder.filePath("größe.lathe").toStdString();
        QVERIFY(lathe::saveSession(sampleSession(), path).has_value());
        const auto loaded = lathe::loadSession(path);
        QVERIFY(loaded && loaded->lost.empty());
        QCOMPARE(loaded->session.records.size(), std::size_t(3));
    }
};

QTEST_APPLESS_MAIN(TestSession)
#include "tst_session.moc"
