#include <QTemporaryDir>
#include <QTest>

#include <filesystem>

#include "core/base/files.h"
#include "core/base/mapped_file.h"

using namespace lathe;

class TestMappedFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keepsASmallFileThatIsCutShortMeanwhile();
    void readsAnEmptyFile();
    void mapsALargeFile();
    void saysWhyItCannotRead();

private:
    std::filesystem::path path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    QTemporaryDir m_folder;
};

/// Its pages would be gone, and a look at them the end of the process.
void TestMappedFile::keepsASmallFileThatIsCutShortMeanwhile()
{
    const std::string written(100000, 'w');
    QVERIFY(writeFileAtomically(path("small"), written));
    const auto file = mapFile(path("small"));
    QVERIFY2(file, file ? "" : file.error().message.c_str());
    std::filesystem::resize_file(path("small"), 0);
    QCOMPARE(file->size, written.size());
    QVERIFY(file->text() == written);
}

void TestMappedFile::readsAnEmptyFile()
{
    QVERIFY(writeFileAtomically(path("empty"), ""));
    const auto file = mapFile(path("empty"));
    QVERIFY(file);
    QVERIFY(file->text().empty());
}

/// One with a hole, which takes no room on the disk.
void TestMappedFile::mapsALargeFile()
{
    QVERIFY(writeFileAtomically(path("large"), "begin"));
    std::filesystem::resize_file(path("large"), std::uintmax_t{1} << 30);
    const auto file = mapFile(path("large"));
    QVERIFY2(file, file ? "" : file.error().message.c_str());
    QCOMPARE(file->size, std::uint64_t{1} << 30);
    QVERIFY(file->text().starts_with("begin"));
    QCOMPARE(file->text().back(), '\0');
}

void TestMappedFile::saysWhyItCannotRead()
{
    const auto missing = mapFile(path("missing"));
    QVERIFY(!missing);
    QCOMPARE(missing.error().code, ErrorCode::NotFound);
    QVERIFY(missing.error().message.ends_with("missing could not be read: there is no such file."));
    const auto folder = mapFile(path("."));
    QVERIFY(!folder);
    QCOMPARE(folder.error().code, ErrorCode::InputOutput);
    QVERIFY(folder.error().message.find("it is a folder") != std::string::npos);
    const auto device = mapFile("/dev/zero");
    QVERIFY(!device);
    QVERIFY(device.error().message.find("it is not a file") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestMappedFile)
#include "tst_mapped_file.moc"
