#include <QTest>

#include "core/engine/backend.h"

using namespace lathe;

/// What LibTorch's matrix products reach is the machine's; that each kind runs is ours.
class MatrixThroughputTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyTypeRuns_data();
    void everyTypeRuns();
    void noEdgeIsRefused();

private:
    Backend* m_backend = nullptr;
};

void MatrixThroughputTest::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(1);
}

void MatrixThroughputTest::everyTypeRuns_data()
{
    QTest::addColumn<int>("type");
    QTest::newRow("fp32") << static_cast<int>(MatrixType::Float32);
    QTest::newRow("bf16") << static_cast<int>(MatrixType::BFloat16);
    QTest::newRow("int8") << static_cast<int>(MatrixType::Int8);
}

void MatrixThroughputTest::everyTypeRuns()
{
    QFETCH(int, type);
    for (const int edge : {1, 37, 64}) {
        const Result<double> rate = m_backend->matrixThroughput(static_cast<MatrixType>(type), edge, 0.001);
        QVERIFY2(rate, rate ? "" : rate.error().message.c_str());
        QVERIFY(*rate > 0.0);
    }
}

void MatrixThroughputTest::noEdgeIsRefused()
{
    const Result<double> refused = m_backend->matrixThroughput(MatrixType::Float32, 0, 0.001);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::InvalidArgument);
}

QTEST_APPLESS_MAIN(MatrixThroughputTest)
#include "tst_matrix_throughput.moc"
