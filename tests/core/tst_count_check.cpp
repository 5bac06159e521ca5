#include <QTest>

#include "core/benchmark/count_check.h"
#include "core/graph/cost.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

/// 4 x 8 x 8 outputs of 27 products, and 4 by 10.
constexpr std::int64_t kConvolution = 6912;
constexpr std::int64_t kLinear = 40;

class TestCountCheck : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalCountsAgree();
    void halfAPercentIsStillAgreement();
    void moreThanHalfAPercentIsNot();
    void namesTheOperationThatTheGraphDidNotCount();
    void namesTheOperationWithoutAFormula();
    void twoCountsOfNothingAgree();
    void countsOneInferenceOfOneSample();
    void saysWhatTheEngineSays();
};

namespace {

/// Nodes of the small graph: input, convolution, ReLU, pooling, flatten, linear.
OperationCount ran(std::int64_t convolution, std::int64_t linear, std::int64_t pooling = 0)
{
    OperationCount count;
    count.macs = convolution + linear + pooling;
    count.nodes = {0, convolution, 0, pooling, 0, linear};
    return count;
}

} // namespace

void TestCountCheck::equalCountsAgree()
{
    const CountCheck check = checkCounts(test::smallGraph(), ran(kConvolution, kLinear));
    QCOMPARE(check.graphMacs, kConvolution + kLinear);
    QCOMPARE(check.ranMacs, kConvolution + kLinear);
    QCOMPARE(check.difference, 0.0);
    QVERIFY(check.agrees);
    QVERIFY(check.differences.empty());
    QCOMPARE(check.sentence, std::string("The two counts agree within 0.5 %."));
}

void TestCountCheck::halfAPercentIsStillAgreement()
{
    const CountCheck check = checkCounts(test::smallGraph(), ran(kConvolution - 34, kLinear)); // 0.489 %
    QVERIFY(check.agrees);
    QCOMPARE(check.differences.size(), std::size_t{1});
}

void TestCountCheck::moreThanHalfAPercentIsNot()
{
    QVERIFY(!checkCounts(test::smallGraph(), ran(kConvolution - 35, kLinear)).agrees); // 0.503 %
    QVERIFY(!checkCounts(test::smallGraph(), ran(kConvolution + 36, kLinear)).agrees);
}

void TestCountCheck::namesTheOperationThatTheGraphDidNotCount()
{
    const CountCheck check = checkCounts(test::smallGraph(), ran(kConvolution, kLinear, 6952));
    QVERIFY(!check.agrees);
    QCOMPARE(check.difference, 0.5);
    QCOMPARE(check.sentence, std::string("The two counts are 50.0 % apart: they differ on AdaptiveAvgPool2d (1 node: "
                                         "0.000 MMACs in the graph, 0.007 MMACs that ran)."));
}

void TestCountCheck::namesTheOperationWithoutAFormula()
{
    OperationCount count = ran(0, kLinear);
    count.unknown = {{"custom::fold", 2, 0}, {"custom::unfold", 1, 0}};
    const CountCheck check = checkCounts(test::smallGraph(), count);
    QVERIFY(!check.agrees);
    QVERIFY(
        check.sentence.ends_with("; the counter has no formula for custom::fold (2 calls), custom::unfold (1 call)."));
    QCOMPARE(check.differences.front().operation, std::string("Conv2d"));
    QCOMPARE(check.differences.front().graphMacs, kConvolution);
    QCOMPARE(check.differences.front().ranMacs, std::int64_t{0});
}

void TestCountCheck::twoCountsOfNothingAgree()
{
    GraphBuilder b("nothing", {3});
    const Graph graph = *b.finish(b.activation("relu", b.input(), op::Activation::Kind::ReLU));
    QVERIFY(checkCounts(graph, OperationCount{0, {0, 0}, {}, {}}).agrees);
}

void TestCountCheck::countsOneInferenceOfOneSample()
{
    test::FakeBackend backend;
    backend.behaviour.operations = ran(kConvolution, kLinear);
    const Result<OperationCount> count = countOperations(backend, test::smallModel());
    QVERIFY(count);
    QCOMPARE(count->macs, kConvolution + kLinear);
    QCOMPARE(backend.behaviour.batches, std::vector<std::int64_t>{1});
    QCOMPARE(backend.behaviour.inferences, 1);
    QCOMPARE(backend.behaviour.modes, std::vector<std::string>{"eager"});
}

void TestCountCheck::saysWhatTheEngineSays()
{
    test::FakeBackend backend;
    backend.behaviour.failsAt = 0;
    const Result<OperationCount> count = countOperations(backend, test::smallModel());
    QVERIFY(!count);
    QCOMPARE(count.error().message, std::string("The fake network failed as it was told to."));
}

QTEST_APPLESS_MAIN(TestCountCheck)
#include "tst_count_check.moc"
