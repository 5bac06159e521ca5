#include <QTest>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include "core/benchmark/environment.h"
#include "core/benchmark/machine.h"

using namespace lathe;

namespace {

const std::string kCpuInfo = R"(processor	: 0
model name	: Intel(R) Xeon(R) Gold 6254 CPU @ 3.10GHz
cpu MHz		: 3000.000
physical id	: 0
core id		: 0
flags		: fpu sse4_2 avx fma avx2 avx512f avx512_vnni

processor	: 1
model name	: Intel(R) Xeon(R) Gold 6254 CPU @ 3.10GHz
cpu MHz		: 3200.000
physical id	: 0
core id		: 0
flags		: fpu sse4_2 avx fma avx2 avx512f avx512_vnni

processor	: 2
model name	: Intel(R) Xeon(R) Gold 6254 CPU @ 3.10GHz
cpu MHz		: 1000.000
physical id	: 0
core id		: 1
flags		: fpu sse4_2 avx fma avx2 avx512f avx512_vnni
)";

/// A file system's root with the files a test puts there.
class Root {
public:
    void put(const QString& path, const QByteArray& text) const
    {
        const QString full = m_folder.filePath(path);
        QDir().mkpath(QFileInfo(full).path());
        QFile file(full);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }
    std::filesystem::path path() const { return m_folder.path().toStdString(); }

private:
    QTemporaryDir m_folder;
};

} // namespace

class EnvironmentTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsModelCoresAndClockOfTheAllowedCores();
    void emptyCpuInfoGivesNothing();
    void armCoresWithoutIdsCountOneEach();
    void namesInstructionSetsOfInterest_data();
    void namesInstructionSetsOfInterest();
    void readsMemoryFiguresInBytes();
    void readsTheDistributionsName();
    void quotaOfVersion2IsTheTightestUpToTheRoot();
    void quotaOfVersion1IsQuotaOverPeriod();
    void noQuotaIsNone();
    void memoryLimitOfVersion2LeavesOutTheCache();
    void memoryLimitOfVersion1IsFoundAtTheMountInAContainer();
    void anUnlimitedGroupHasNoLimit();
    void thisMachineHasCoresMemoryAndASystem();
    void peakResidentMemoryIsKnown();
};

void EnvironmentTest::readsModelCoresAndClockOfTheAllowedCores()
{
    const machine::Cpu all = machine::cpuFromText(kCpuInfo, {});
    QCOMPARE(all.model, std::string("Intel(R) Xeon(R) Gold 6254 CPU @ 3.10GHz"));
    QCOMPARE(all.instructionSets, std::string("SSE4.2 AVX AVX2 FMA AVX-512 VNNI"));
    QCOMPARE(all.physicalCores, 2);
    QCOMPARE(all.clockMHz, 2400.0);

    const machine::Cpu two = machine::cpuFromText(kCpuInfo, {0, 1});
    QCOMPARE(two.physicalCores, 1);
    QCOMPARE(two.clockMHz, 3100.0);
}

void EnvironmentTest::emptyCpuInfoGivesNothing()
{
    const machine::Cpu cpu = machine::cpuFromText("", {});
    QVERIFY(cpu.model.empty());
    QCOMPARE(cpu.physicalCores, 0);
}

void EnvironmentTest::armCoresWithoutIdsCountOneEach()
{
    const machine::Cpu cpu = machine::cpuFromText("processor\t: 0\nFeatures\t: fp asimd asimdhp bf16 i8mm\n\n"
                                                  "processor\t: 1\nFeatures\t: fp asimd asimdhp bf16 i8mm\n",
                                                  {});
    QCOMPARE(cpu.physicalCores, 2);
    QCOMPARE(cpu.instructionSets, std::string("BF16 FP16 NEON I8MM"));
    QCOMPARE(cpu.clockMHz, 0.0);
}

void EnvironmentTest::namesInstructionSetsOfInterest_data()
{
    QTest::addColumn<std::string>("flags");
    QTest::addColumn<std::string>("names");
    QTest::newRow("none") << std::string("fpu vme") << std::string();
    QTest::newRow("AVX-VNNI without AVX-512") << std::string("avx2 avx_vnni") << std::string("AVX2 VNNI");
    QTest::newRow("parts of words do not count") << std::string("avx512_bitalg myavx2") << std::string();
    QTest::newRow("Sapphire Rapids") << std::string("sse4_2 avx avx2 fma avx512f avx512_vnni avx_vnni avx512_bf16 "
                                                    "avx512_fp16 amx_bf16 amx_tile amx_int8")
                                     << std::string("SSE4.2 AVX AVX2 FMA AVX-512 VNNI BF16 FP16 AMX");
}

void EnvironmentTest::namesInstructionSetsOfInterest()
{
    QFETCH(std::string, flags);
    QFETCH(std::string, names);
    QCOMPARE(machine::instructionSets(flags), names);
}

void EnvironmentTest::readsMemoryFiguresInBytes()
{
    const std::string meminfo = "MemTotal:       24659728 kB\nMemFree: 1 kB\nMemAvailable:   23000000 kB\n";
    QCOMPARE(machine::memoryFigure(meminfo, "MemAvailable").value(), std::int64_t{23000000} * 1024);
    QVERIFY(!machine::memoryFigure(meminfo, "SwapTotal"));
}

void EnvironmentTest::readsTheDistributionsName()
{
    QCOMPARE(machine::distribution("NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
             std::string("Debian GNU/Linux 12 (bookworm)"));
    QVERIFY(machine::distribution("ID=x\n").empty());
}

void EnvironmentTest::quotaOfVersion2IsTheTightestUpToTheRoot()
{
    const Root root;
    root.put("proc/self/cgroup", "0::/outer/inner\n");
    root.put("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
    root.put("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
    QCOMPARE(machine::cpuQuota(root.path()).value(), 1.5);
}

void EnvironmentTest::quotaOfVersion1IsQuotaOverPeriod()
{
    const Root root;
    root.put("proc/self/cgroup", "5:cpu,cpuacct:/job\n4:memory:/job\n");
    root.put("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "400000\n");
    root.put("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    QCOMPARE(machine::cpuQuota(root.path()).value(), 4.0);
}

void EnvironmentTest::noQuotaIsNone()
{
    const Root root;
    QVERIFY(!machine::cpuQuota(root.path()));
    root.put("proc/self/cgroup", "5:cpu,cpuacct:/\n");
    root.put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    root.put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    QVERIFY(!machine::cpuQuota(root.path()));
}

void EnvironmentTest::memoryLimitOfVersion2LeavesOutTheCache()
{
    const Root root;
    root.put("proc/self/cgroup", "0::/job\n");
    root.put("sys/fs/cgroup/job/memory.max", "1000000\n");
    root.put("sys/fs/cgroup/job/memory.current", "700000\n");
    root.put("sys/fs/cgroup/job/memory.stat", "anon 400000\nfile 300000\ninactive_file 200000\n");
    const auto limit = machine::memoryLimit(root.path());
    QVERIFY(limit);
    QCOMPARE(limit->limit, std::int64_t{1000000});
    QCOMPARE(limit->used, std::int64_t{500000});
}

void EnvironmentTest::memoryLimitOfVersion1IsFoundAtTheMountInAContainer()
{
    const Root root;
    root.put("proc/self/cgroup", "4:memory:/docker/abc\n0::/\n");
    root.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000\n");
    root.put("sys/fs/cgroup/memory/memory.usage_in_bytes", "500000\n");
    QCOMPARE(machine::memoryLimit(root.path()).value().limit, std::int64_t{2000000});
}

void EnvironmentTest::anUnlimitedGroupHasNoLimit()
{
    const Root root;
    root.put("proc/self/cgroup", "0::/job\n");
    root.put("sys/fs/cgroup/job/memory.max", "max\n");
    root.put("sys/fs/cgroup/job/memory.current", "700000\n");
    QVERIFY(!machine::memoryLimit(root.path()));
}

void EnvironmentTest::thisMachineHasCoresMemoryAndASystem()
{
    const Environment environment = currentEnvironment({"Library 1", "AVX2", "kernels", {"cpu"}});
    QVERIFY(environment.logicalCores >= 1);
    QVERIFY(environment.physicalCores <= environment.logicalCores);
    QVERIFY(environment.memoryGiB > 0.0);
    QVERIFY(environment.system.starts_with("Linux "));
    QVERIFY(!environment.host.empty());
    QVERIFY(!environment.latheVersion.empty());
    QCOMPARE(environment.library, std::string("Library 1"));
    QCOMPARE(environment.logicalCores, usableCores());
    QVERIFY(availableMemoryBytes() > 0);
}

void EnvironmentTest::peakResidentMemoryIsKnown()
{
    machine::resetPeakResident();
    QVERIFY(machine::peakResidentBytes() > 0);
}

QTEST_APPLESS_MAIN(EnvironmentTest)
#include "tst_environment.moc"
