#include <QTemporaryDir>
#include <QTest>

#include <set>

#include "core/datasets/dataset_name.h"
#include "tests/support/datasets.h"

using namespace Qt::StringLiterals;
using namespace lathe;

class TestDatasetNames : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEveryForm_data();
    void readsEveryForm();
    void refusesOthers_data();
    void refusesOthers();
    void saysWhereThereIsNoFolder();
    void makesTheSameSyntheticImagesFromTheSameSeed();
    void makesSyntheticImagesOfAnySize();
    void setsAShareAsideBySeed();
    void leavesTwoToTrainOn();
    void drawsSamplesBySeed();
};

void TestDatasetNames::readsEveryForm_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QByteArray>("folder");
    QTest::addColumn<qint64>("samples");
    const auto row = [](const char* text, const char* kind, const char* folder, qint64 samples) {
        QTest::newRow(text) << QByteArray(text) << QByteArray(kind) << QByteArray(folder) << samples;
    };
    row("fashion-mnist", "fashion-mnist", "", 0);
    row("fashion-mnist:data/fashion", "fashion-mnist", "data/fashion", 0);
    row("fashion-mnist:256", "fashion-mnist", "", 256);
    row("fashion-mnist:data:256", "fashion-mnist", "data", 256);
    row("fashion-mnist:./256", "fashion-mnist", "./256", 0);
    row("fashion-mnist:a:b", "fashion-mnist", "a:b", 0);
    row("cifar10:/d", "cifar10", "/d", 0);
    row("cifar10:/d:64", "cifar10", "/d", 64);
    row("synthetic", "synthetic", "", 0);
    row("synthetic:8", "synthetic", "", 8);
}

void TestDatasetNames::readsEveryForm()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QByteArray, kind);
    QFETCH(const QByteArray, folder);
    QFETCH(const qint64, samples);
    const auto name = datasetFromText(text.toStdString());
    QVERIFY2(name, name ? "" : name.error().message.c_str());
    QCOMPARE(name->kind, kind.toStdString());
    QCOMPARE(name->folder, folder.toStdString());
    QCOMPARE(qint64{name->samples}, samples);
}

void TestDatasetNames::refusesOthers_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("answer");
    QTest::newRow("unknown")
        << "mnist"_ba
        << u"There is no dataset \"mnist\"; write fashion-mnist[:DIR], cifar10:DIR, folder:DIR (of images by class) or synthetic."_s;
    QTest::newRow("empty")
        << ""_ba
        << u"There is no dataset \"\"; write fashion-mnist[:DIR], cifar10:DIR, folder:DIR (of images by class) or synthetic."_s;
    QTest::newRow("no folder") << "cifar10"_ba
                               << u"The folder of CIFAR-10's binary files is missing; write cifar10:DIR."_s;
    QTest::newRow("only a count") << "cifar10:64"_ba
                                  << u"The folder of CIFAR-10's binary files is missing; write cifar10:DIR."_s;
    QTest::newRow("none") << "synthetic:0"_ba << u"\"synthetic:0\" asks for 0 samples; write a number from 1 on."_s;
    QTest::newRow("too many") << "synthetic:99999999999999999999"_ba
                              << u"\"synthetic:99999999999999999999\" asks for 99999999999999999999 samples; write a "
                                 "number from 1 on."_s;
    QTest::newRow("a folder for none")
        << "synthetic:data"_ba
        << u"\"synthetic:data\" names a folder, and synthetic images are read from none; write synthetic."_s;
}

void TestDatasetNames::refusesOthers()
{
    QFETCH(const QByteArray, text);
    QFETCH(const QString, answer);
    const auto name = datasetFromText(text.toStdString());
    QVERIFY(!name);
    QCOMPARE(QString::fromStdString(name.error().message), answer);
}

void TestDatasetNames::saysWhereThereIsNoFolder()
{
    const auto dataset = loadDataset(*datasetFromText("cifar10:no/such/folder"));
    QVERIFY(!dataset);
    QVERIFY(dataset.error().code == ErrorCode::NotFound);
    QVERIFY(dataset.error().message.starts_with("There is no folder no/such/folder; "));
}

void TestDatasetNames::makesTheSameSyntheticImagesFromTheSameSeed()
{
    const SyntheticOptions options{.seed = 5, .trainImages = 40, .testImages = 20};
    SyntheticOptions other = options;
    other.seed = 6;
    const Dataset first = synthesise(options);
    QCOMPARE(fingerprint(first), fingerprint(synthesise(options)));
    QVERIFY(fingerprint(first) != fingerprint(synthesise(other)));
    QCOMPARE(first.train.count(), std::int64_t{40});
    QCOMPARE(first.test.labels[13], std::int64_t{3});
    QCOMPARE(first.classes(), std::int64_t{10});
    QVERIFY(first.normalisation.deviation[0] > 0.1);
}

void TestDatasetNames::makesSyntheticImagesOfAnySize()
{
    const Dataset dataset =
        synthesise({.image = {3, 224, 160}, .classes = 4, .trainImages = 100'000, .testImages = 50'000});
    QCOMPARE(dataset.imageShape(), (Shape{3, 224, 160}));
    QVERIFY(dataset.train.images.byteCount() + dataset.test.images.byteCount() <= 64'000'000);
    QCOMPARE(dataset.normalisation.mean.size(), std::size_t{3});
}

void TestDatasetNames::setsAShareAsideBySeed()
{
    const Split split = splitOff(1000, 0.1, 3);
    QCOMPARE(split.training.size(), std::size_t{900});
    QCOMPARE(split.validation.size(), std::size_t{100});
    std::set<std::int64_t> all(split.training.begin(), split.training.end());
    all.insert(split.validation.begin(), split.validation.end());
    QCOMPARE(all.size(), std::size_t{1000});
    QVERIFY(std::is_sorted(split.training.begin(), split.training.end()));
    QCOMPARE(splitOff(1000, 0.1, 3).validation, split.validation);
    QVERIFY(splitOff(1000, 0.1, 4).validation != split.validation);
    QVERIFY(splitOff(1000, 0.0, 3).validation.empty());
}

void TestDatasetNames::leavesTwoToTrainOn()
{
    QCOMPARE(splitOff(3, 0.9, 0).training.size(), std::size_t{2});
    QCOMPARE(splitOff(2, 0.9, 0).training.size(), std::size_t{2});
    QCOMPARE(splitOff(1, 0.9, 0).training.size(), std::size_t{1});
}

void TestDatasetNames::drawsSamplesBySeed()
{
    const auto samples = drawSamples(60000, 256, 1);
    QVERIFY(samples);
    QCOMPARE(std::set<std::int64_t>(samples->begin(), samples->end()).size(), std::size_t{256});
    QCOMPARE(*drawSamples(60000, 256, 1), *samples);
    QCOMPARE(drawSamples(10, 11, 1).error().message,
             std::string("11 samples cannot be taken from 10 images; choose from 1 to 10."));
}

QTEST_APPLESS_MAIN(TestDatasetNames)
#include "tst_dataset_names.moc"
