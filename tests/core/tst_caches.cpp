#include <QTest>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include "core/benchmark/caches.h"

using namespace lathe;
using machine::Cache;

namespace {

/// /sys of a machine, as far as its caches go.
class Root {
public:
    void put(int index, const char* level, const char* type, const char* size, const char* sharers) const
    {
        const QString folder = m_folder.filePath(QString("sys/devices/system/cpu/cpu4/cache/index%1").arg(index));
        QDir().mkpath(folder);
        write(folder + "/level", level);
        write(folder + "/type", type);
        write(folder + "/size", size);
        write(folder + "/shared_cpu_list", sharers);
    }
    std::filesystem::path path() const { return m_folder.path().toStdString(); }

private:
    static void write(const QString& path, const char* text)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.write("\n");
    }
    QTemporaryDir m_folder;
};

} // namespace

class CachesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsSizesAndHowManyOfTheGivenCoresShareOne();
    void passesOverInstructionsAndWhatIsNoCache();
    void withoutWordFromTheSystemThereAreNone();
    void readsListsOfCores_data();
    void readsListsOfCores();
};

void CachesTest::readsSizesAndHowManyOfTheGivenCoresShareOne()
{
    const Root root;
    root.put(0, "1", "Data", "48K", "4,12");
    root.put(1, "1", "Instruction", "32K", "4,12");
    root.put(2, "2", "Unified", "2048K", "4,12");
    root.put(3, "3", "Unified", "32M", "0-7,8-15");
    // Cores 4 and 12 are one core's two threads; 5 and 6 are whole cores of which the other thread is not ours.
    const std::vector<Cache> caches = machine::caches({4, 5, 6, 12}, root.path());
    const std::vector<Cache> expected{{1, 48 * 1024, 2, 2}, {2, 2048 * 1024, 2, 2}, {3, 32 * 1024 * 1024, 4, 1}};
    QCOMPARE(caches, expected);
}

void CachesTest::passesOverInstructionsAndWhatIsNoCache()
{
    const Root root;
    root.put(0, "2", "Unified", "512K", "");
    root.put(1, "1", "Data", "nonsense", "4");
    root.put(2, "", "Data", "32K", "4");
    root.put(3, "1", "Data", "32K", "4");
    const std::vector<Cache> expected{{1, 32 * 1024, 1, 1}, {2, 512 * 1024, 1, 1}};
    QCOMPARE(machine::caches({4}, root.path()), expected);
}

void CachesTest::withoutWordFromTheSystemThereAreNone()
{
    const Root root;
    QVERIFY(machine::caches({4}, root.path()).empty());
    QVERIFY(machine::caches({}, root.path()).empty());
}

void CachesTest::readsListsOfCores_data()
{
    QTest::addColumn<QString>("list");
    QTest::addColumn<QList<int>>("cores");
    QTest::newRow("one") << "3" << QList<int>{3};
    QTest::newRow("ranges") << "0-2,5" << QList<int>{0, 1, 2, 5};
    QTest::newRow("empty") << "" << QList<int>{};
    QTest::newRow("backwards") << "5-2,7" << QList<int>{7};
    QTest::newRow("open") << "1,4-" << QList<int>{1};
    QTest::newRow("no number") << "2,x" << QList<int>{2};
    QTest::newRow("endless") << "0-999999999" << QList<int>{};
}

void CachesTest::readsListsOfCores()
{
    QFETCH(QString, list);
    QFETCH(QList<int>, cores);
    const std::vector<int> read = machine::coresFromList(list.toStdString());
    QCOMPARE(QList<int>(read.begin(), read.end()), cores);
}

QTEST_APPLESS_MAIN(CachesTest)
#include "tst_caches.moc"
