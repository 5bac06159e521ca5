#include <QTest>

#include <clocale>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/session/session.h"
#include "tests/support/sample_record.h"

using lathe::Record;
using lathe::test::sampleRecord;
using Json = nlohmann::json;

namespace {

Json written(const Record& record)
{
    return Json::parse(lathe::recordToJson(record));
}

std::string errorOf(const std::string& text)
{
    const auto record = lathe::recordFromJson(text);
    return record ? std::string("none") : record.error().message;
}

} // namespace

class TestRecordJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRecordHasTheNamesOfTheContract()
    {
        const Json json = written(sampleRecord());
        QVERIFY(json["model"] == "resnet50");
        QVERIFY(json["mode"] == "channels_last");
        QVERIFY(json["batch"] == 8);
        QVERIFY(json["threads"] == 2);
        QVERIFY(json["input"] == Json({3, 224, 224}));
        QVERIFY(json["params"] == 25557032);
        QVERIFY(json["macs"] == 4089184256);
        QVERIFY(json["throughput"] == 64.8000000000001);
        const Json& latency = json["latency_ms"];
        QVERIFY(latency["ci_low"] == 123.1);
        QVERIFY(latency["ci_high"] == 124.00000000000001);
        QVERIFY(latency["p5"] == 121.5);
        QVERIFY(latency["p95"] == 130.25);
        QVERIFY(latency["p99"] == 141.75);
        QCOMPARE(latency["samples"].size(), 3u);
        QVERIFY(latency.contains("median"));
        QVERIFY(json["flags"][0] == Json({{"code", "contention"}, {"text", "3 \"others\" ran."}}));
        QVERIFY(json["flags"][1] == Json({{"code", "drift"}, {"text", "Latency rose\nby 4 %."}}));
    }

    void theRestStandsBesideThemInSnakeCase()
    {
        const Json json = written(sampleRecord());
        for (const char* key : {"id",
                                "time",
                                "device",
                                "family",
                                "type",
                                "scheme",
                                "origin",
                                "macs_counted",
                                "activation_bytes",
                                "parameter_bytes",
                                "top1",
                                "file_bytes",
                                "throughput_low",
                                "throughput_high",
                                "peak_tensor_bytes",
                                "peak_resident_bytes",
                                "page_faults",
                                "warmups",
                                "stop_reason",
                                "isolated",
                                "environment",
                                "layers",
                                "layers_total_ms",
                                "layers_whole_ms",
                                "note"})
            QVERIFY2(json.contains(key), key);
        QVERIFY(json["top1"] == 0.80858);
        QVERIFY(json["latency_ms"]["outliers"] == 2);
        QVERIFY(json["layers"][0] == Json({{"name", "conv1"}, {"op", "Conv2d"}, {"ms", 1.5}, {"macs", 118013952}}));
        QVERIFY(json["environment"]["instruction_sets"] == "AVX2 AVX-512");
        QVERIFY(json["environment"]["clock_mhz"] == 2100.5);
    }

    void whatIsUnknownIsNull()
    {
        Record record = sampleRecord();
        record.top1.reset();
        record.fileBytes.reset();
        QVERIFY(written(record)["top1"].is_null());
        const auto back = lathe::recordFromJson(lathe::recordToJson(record));
        QVERIFY(back.has_value());
        QVERIFY(!back->top1 && !back->fileBytes);
    }

    void everyFieldComesBackBitByBit()
    {
        const std::string text = lathe::recordToJson(sampleRecord());
        const auto back = lathe::recordFromJson(text);
        QVERIFY(back.has_value());
        QCOMPARE(lathe::recordToJson(*back), text);
        const Record expected = sampleRecord();
        QVERIFY(back->configuration == expected.configuration);
        QVERIFY(back->latency.samples == expected.latency.samples);
        QVERIFY(back->latency.median == expected.latency.median);
        QVERIFY(back->flags == expected.flags);
        QVERIFY(back->environment.comparableWith(expected.environment));
        QCOMPARE(back->note, expected.note);
        QCOMPARE(back->peakResidentBytes, expected.peakResidentBytes);
    }

    void whatJsonHasNoNumberForIsATextAndComesBack()
    {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        Record record = sampleRecord();
        record.throughput = std::numeric_limits<double>::quiet_NaN();
        record.latency.samples = {1.0, infinity, -infinity};
        const Json json = written(record);
        QVERIFY(json["throughput"] == "NaN");
        QVERIFY(json["latency_ms"]["samples"] == Json({1.0, "Infinity", "-Infinity"}));
        const auto back = lathe::recordFromJson(json.dump());
        QVERIFY(back.has_value());
        QVERIFY(std::isnan(back->throughput));
        QVERIFY(back->latency.samples == record.latency.samples);
    }

    void bytesThatAreNoTextDoNotStopIt()
    {
        Record record = sampleRecord();
        record.configuration.model = "model\xff.pt";
        const auto back = lathe::recordFromJson(lathe::recordToJson(record));
        QVERIFY(back.has_value());
        QCOMPARE(back->configuration.model, std::string("model\xEF\xBF\xBD.pt"));
    }

    void aRecordOfTheContractAloneIsRead()
    {
        const auto record = lathe::recordFromJson(lathe::test::testData("sessions/contract_record.json"));
        QVERIFY(record.has_value());
        QCOMPARE(record->configuration.model, std::string("lenet"));
        QVERIFY(record->configuration.input == (lathe::Shape{1, 28, 28}));
        QCOMPARE(record->latency.samples.size(), std::size_t(3));
        QCOMPARE(record->configuration.device, std::string("cpu"));
        QCOMPARE(record->flags.front().code, std::string("drift"));
    }

    void keysOfOthersArePassedOver()
    {
        const auto record = lathe::recordFromJson(R"({"model": "lenet", "colour_of_the_sky": [1, {"a": null}]})");
        QVERIFY(record.has_value());
    }

    void wholeNumbersMayBeWrittenAsFloats()
    {
        QCOMPARE(lathe::recordFromJson(R"({"model": "lenet", "batch": 8.0})")->configuration.batch, 8);
    }

    void aBrokenRecordIsToldBySentence_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        QTest::newRow("no JSON") << "{"
                                 << "The record is broken: it is not JSON.";
        QTest::newRow("empty") << ""
                               << "The record is broken: it is not JSON.";
        QTest::newRow("a list") << "[1]"
                                << "The record is broken: it is not an object.";
        QTest::newRow("no model") << "{}"
                                  << "The record is broken: 'model' is missing.";
        QTest::newRow("text for number") << R"({"model": "a", "batch": "8"})"
                                         << "The record is broken: 'batch' is not a whole number.";
        QTest::newRow("fraction") << R"({"model": "a", "batch": 1.5})"
                                  << "The record is broken: 'batch' is not a whole number.";
        QTest::newRow("too large") << R"({"model": "a", "threads": 3000000000})"
                                   << "The record is broken: 'threads' is not a whole number.";
        QTest::newRow("beyond int64") << R"({"model": "a", "params": 18446744073709551615})"
                                      << "The record is broken: 'params' is not a whole number.";
        QTest::newRow("none") << R"({"model": "a", "batch": 0})"
                              << "The record is broken: 'batch' is below 1.";
        QTest::newRow("negative extent") << R"({"model": "a", "input": [3, -1, 4]})"
                                         << "The record is broken: 'input' has an extent below 1.";
        QTest::newRow("null for number") << R"({"model": "a", "throughput": null})"
                                         << "The record is broken: 'throughput' is not a number.";
        QTest::newRow("nested") << R"({"model": "a", "latency_ms": {"median": [], "samples": [1, "x"]}})"
                                << "The record is broken: 'latency_ms.median' is not a number and "
                                   "'latency_ms.samples' is not a list of numbers.";
        QTest::newRow("flags") << R"({"model": "a", "flags": [{"code": 1}]})"
                               << "The record is broken: 'flags' is not a list of objects with the right keys.";
    }
    void aBrokenRecordIsToldBySentence()
    {
        QFETCH(QString, text);
        QFETCH(QString, message);
        QCOMPARE(QString::fromStdString(errorOf(text.toStdString())), message);
    }

    void recordsStandBesideTheirEnvironment()
    {
        const Record record = sampleRecord();
        const std::string text = lathe::recordsToJson({record, sampleRecord("r2")}, record.environment);
        const Json json = Json::parse(text);
        QCOMPARE(json.size(), 2u);
        QVERIFY(json["environment"]["cpu"] == "Some CPU @ 2 GHz");
        QCOMPARE(json["records"].size(), 2u);
        QVERIFY(json["records"][1]["id"] == "r2");
        const auto back = lathe::recordsFromJson(text);
        QVERIFY(back.has_value());
        QCOMPARE(back->size(), std::size_t(2));
        QCOMPARE(lathe::recordToJson(back->front()), lathe::recordToJson(record));
    }

    void noRecordsAreAnEmptyList()
    {
        const Json json = Json::parse(lathe::recordsToJson({}, {}));
        QVERIFY(json["records"].is_array() && json["records"].empty());
    }

    void aDocumentWithoutRecordsIsRefused()
    {
        QVERIFY(!lathe::recordsFromJson("nonsense"));
        QVERIFY(!lathe::recordsFromJson(R"({"records": 1})"));
        QVERIFY(!lathe::recordsFromJson(R"({"records": [{"model": 1}]})"));
    }

    void csvHasARowARecordUnderNamesWithUnits()
    {
        const QStringList lines =
            QString::fromStdString(lathe::recordsToCsv({sampleRecord(), sampleRecord("r2")})).split("\r\n");
        QCOMPARE(lines.size(), 4); // the last line end closes the last row
        QVERIFY(lines[0].startsWith("id,time,model,family,type,mode,batch,threads,input,device,params,macs,"));
        QVERIFY(lines[0].contains(",latency_median_ms,latency_ci_low_ms,"));
        QVERIFY(lines[0].contains(",throughput_images_per_s,"));
        QVERIFY(lines[1].startsWith("r1,2025-11-22T23:26:00Z,resnet50,ResNet,cnn,channels_last,8,2,3x224x224,cpu,"
                                    "25557032,4089184256,4089184000,44451840,102441376,0.80858,102549760,"));
        QVERIFY(lines[1].contains(",64.8000000000001,"));
        QVERIFY(lines[3].isEmpty());
    }

    void csvQuotesAsRfc4180Says()
    {
        Record record = sampleRecord();
        record.note = "a, \"b\"\nc";
        const std::string csv = lathe::recordsToCsv({record});
        QVERIFY(csv.ends_with(",\"a, \"\"b\"\"\nc\"\r\n"));
        QVERIFY(csv.find(",contention; drift,") != std::string::npos);
        QVERIFY(csv.find(",\"Linux") == std::string::npos);
    }

    void csvLeavesTheUnknownEmptyAndSpellsWhatIsNoNumber()
    {
        Record record;
        record.configuration.model = "m";
        record.throughput = std::numeric_limits<double>::quiet_NaN();
        record.throughputHigh = std::numeric_limits<double>::infinity();
        const std::string csv = lathe::recordsToCsv({record});
        QVERIFY(csv.find(",0,0,,0,0,,,0,") != std::string::npos); // params to latency: no top-1, no file
        QVERIFY(csv.find(",NaN,0,Inf,") != std::string::npos);
    }

    void numbersAreAlikeInEveryLocale()
    {
        const std::string json = lathe::recordToJson(sampleRecord());
        const std::string csv = lathe::recordsToCsv({sampleRecord()});
        struct Comma : std::numpunct<char> {
            char do_decimal_point() const override { return ','; }
            char do_thousands_sep() const override { return '.'; }
            std::string do_grouping() const override { return "\3"; }
        };
        const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
        std::setlocale(LC_NUMERIC, "de_DE.UTF-8"); // where it is installed
        const std::string jsonThere = lathe::recordToJson(sampleRecord());
        const std::string csvThere = lathe::recordsToCsv({sampleRecord()});
        const auto back = lathe::recordFromJson(json);
        std::locale::global(before);
        std::setlocale(LC_NUMERIC, "C");
        QCOMPARE(jsonThere, json);
        QCOMPARE(csvThere, csv);
        QVERIFY(back && back->throughput == 64.8000000000001);
    }

    void aConfigurationIsDescribedInALine()
    {
        lathe::Configuration c{"resnet50", "eager", 8, 2, {3, 224, 224}, "cpu"};
        QCOMPARE(lathe::describe(c), std::string("resnet50 · eager · batch 8 · 2 threads · 3x224x224"));
        c.threads = 1;
        c.input.clear();
        c.device = "cuda";
        QCOMPARE(lathe::describe(c), std::string("resnet50 · eager · batch 8 · 1 thread · cuda"));
    }

    void environmentsAreUnlikeByMachineOrSoftwareNotByLoad()
    {
        const lathe::Environment here = sampleRecord().environment;
        lathe::Environment later = here;
        later.loadAverage = 3.0;
        later.clockMHz = 800.0;
        later.governor = "powersave";
        QVERIFY(here.comparableWith(later));
        for (std::string lathe::Environment::*field :
             {&lathe::Environment::cpu, &lathe::Environment::host, &lathe::Environment::library,
              &lathe::Environment::capability, &lathe::Environment::instructionSets}) {
            lathe::Environment other = here;
            other.*field = "another";
            QVERIFY(!here.comparableWith(other));
        }
        lathe::Environment smaller = here;
        smaller.logicalCores = 1;
        QVERIFY(!here.comparableWith(smaller));
    }
};

QTEST_APPLESS_MAIN(TestRecordJson)
#include "tst_record_json.moc"
