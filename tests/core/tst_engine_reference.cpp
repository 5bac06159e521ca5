#include <QDir>
#include <QTest>

#include <numeric>

#include <nlohmann/json.hpp>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "core/engine/backend.h"
#include "tests/support/closed_form.h"

using namespace lathe;

/// Every architecture with a reference gives torchvision's output for closed-form weights and input.
class TestEngineReference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void givesTorchvisionsOutput_data();
    void givesTorchvisionsOutput();

private:
    Backend* m_backend = nullptr;
};

namespace {

double deviation(const float* values, std::size_t count, double mean)
{
    double squares = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        squares += (values[i] - mean) * (values[i] - mean);
    return std::sqrt(squares / static_cast<double>(count));
}

void compareWithReference(const HostTensor& y, const nlohmann::json& reference)
{
    const auto count = static_cast<std::size_t>(elementCount(y.shape));
    const float* values = y.floats();
    const double std = reference["output_std"];
    const double tolerance = 1e-3 * std;
    for (std::size_t i = 0; i < reference["output_first8"].size(); ++i) {
        const double expected = reference["output_first8"][i];
        QVERIFY2(std::abs(values[i] - expected) <= tolerance,
                 qPrintable(QString("output %1 is %2 and should be %3").arg(i).arg(values[i]).arg(expected)));
    }
    const double mean = std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
    QVERIFY(std::abs(mean - reference["output_mean"].get<double>()) <= tolerance);
    // The reference's may be taken with n or n - 1: both are within this.
    QVERIFY(std::abs(deviation(values, count, mean) - std) <= 2e-3 * std);
}

} // namespace

void TestEngineReference::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(2);
}

void TestEngineReference::givesTorchvisionsOutput_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("mode");
    const QDir folder(LATHE_TEST_DATA "/architectures");
    for (const QFileInfo& file : folder.entryInfoList({"*.json"}, QDir::Files)) {
        QTest::newRow(qPrintable(file.baseName())) << file.filePath() << "eager";
        if (QStringList{"resnet50", "mobilenet_v2", "swin_v2_t", "vit_b_32"}.contains(file.baseName()))
            QTest::newRow(qPrintable(file.baseName() + " channels_last")) << file.filePath() << "channels_last";
    }
}

void TestEngineReference::givesTorchvisionsOutput()
{
    QFETCH(QString, file);
    QFETCH(QString, mode);
    const auto reference = nlohmann::json::parse(*readFile(file.toStdString()));
    const Shape batched = reference["input_shape"];
    const Shape input(batched.begin() + 1, batched.end());
    const Result<Graph> graph = buildArchitecture(QFileInfo(file).baseName().toStdString(), {input, 0});
    QVERIFY2(graph, graph ? "" : graph.error().message.c_str());
    const HostTensor x = test::closedFormInput(batched, graph->vocabulary());
    const auto network = m_backend->prepare(*graph, test::closedFormWeights(*graph), *modeFromName(mode.toStdString()));
    QVERIFY2(network, network ? "" : network.error().message.c_str());
    const Result<HostTensor> y = (*network)->infer(x);
    QVERIFY2(y, y ? "" : y.error().message.c_str());
    compareWithReference(*y, reference);
}

QTEST_GUILESS_MAIN(TestEngineReference)
#include "tst_engine_reference.moc"
