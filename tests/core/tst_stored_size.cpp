#include <QTemporaryDir>
#include <QTest>

#include <filesystem>

#include "core/architectures/catalogue.h"
#include "core/formats/stored_size.h"
#include "tests/support/closed_form.h"

using namespace lathe;

class TestStoredSize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void gzipSizesAreZlibs();
    void theSizeIsThatOfTheFile();
};

void TestStoredSize::gzipSizesAreZlibs()
{
    QCOMPARE(gzipSize({}), std::int64_t{20});
    QCOMPARE(gzipSize(std::string(3000000, '\0')), std::int64_t{2941}); // Python's zlib gives the same
    std::string bytes;
    for (int i = 0; i < 25600; ++i)
        bytes += static_cast<char>(i % 256);
    QCOMPARE(gzipSize(bytes), std::int64_t{465});
}

void TestStoredSize::theSizeIsThatOfTheFile()
{
    LoadedModel model = *loadModel("lenet", {});
    model.weights = test::closedFormWeights(model.graph);
    const QTemporaryDir folder;
    const std::string path = folder.filePath("lenet.safetensors").toStdString();
    QVERIFY(saveModel(path, model));
    const auto size = storedSize(model);
    QVERIFY2(size, size ? "" : size.error().message.c_str());
    QCOMPARE(size->bytes, static_cast<std::int64_t>(std::filesystem::file_size(path)));
    QVERIFY(size->bytes > storedBytes(model));
    QVERIFY(size->gzipBytes < size->bytes);
}

QTEST_APPLESS_MAIN(TestStoredSize)
#include "tst_stored_size.moc"
