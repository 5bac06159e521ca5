#include <QTest>

#include <algorithm>
#include <cmath>

#include "core/analysis/trend_report.h"

using namespace lathe;

namespace {

bool near(double actual, double expected, double relative = 1e-9)
{
    if (std::abs(actual - expected) <= relative * std::abs(expected))
        return true;
    qWarning("%.17g is not %.17g", actual, expected);
    return false;
}

const std::vector<Point2> kCnns{{1.2, 310},   {2.5, 260}, {3.7, 150},   {8.0, 92},
                                {11.0, 70.5}, {25.6, 41}, {44.5, 20.3}, {88.0, 13.7}};
const std::vector<Point2> kVits{{5, 60}, {10, 38}, {20, 21}, {40, 12.5}, {86, 6}};

std::vector<TrendPoint> pointsOf(const std::string& type, const std::vector<Point2>& values)
{
    std::vector<TrendPoint> points;
    for (std::size_t i = 0; i < values.size(); ++i)
        points.push_back({type + std::to_string(i), type, values[i].x, values[i].y, i, values[i].y, values[i].y});
    return points;
}

std::vector<TrendPoint> joined(std::vector<TrendPoint> a, const std::vector<TrendPoint>& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TrendReport cnnsAndVits(Quantity x = Quantity::Params, Quantity y = Quantity::Throughput)
{
    return reportOn(joined(pointsOf("cnn", kCnns), pointsOf("vit", kVits)), x, y);
}

Record record(const std::string& model, double throughput, const std::string& mode = "eager", std::int64_t side = 224)
{
    Record r;
    r.configuration = {model, mode, 1, 2, {3, side, side}, "cpu"};
    r.type = "cnn";
    r.params = 1'000'000;
    r.macs = 2'000'000'000;
    r.throughput = throughput;
    r.latency.median = 1000.0 / throughput;
    return r;
}

bool says(const std::vector<std::string>& sentences, const std::string& sentence)
{
    if (std::find(sentences.begin(), sentences.end(), sentence) != sentences.end())
        return true;
    for (const std::string& there : sentences)
        qWarning("%s", there.c_str());
    return false;
}

} // namespace

class TestTrendReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Expected values: SciPy's linregress and t, each network left out in turn for the studentised residuals.
    void aResidualIsTheFactorToItsTypesLaw()
    {
        const TrendReport report = reportOn(pointsOf("cnn", kCnns), Quantity::Params, Quantity::Throughput);
        const auto& residuals = report.laws.at(0).residuals;
        QCOMPARE(residuals.size(), kCnns.size());
        QVERIFY(near(residuals[0].factor, 0.8319634253122995));
        QVERIFY(near(residuals[1].factor, 1.2222004455597806));
        QVERIFY(near(residuals[0].usual, 1.4681243970023559));
        QVERIFY(near(residuals[4].usual, 1.9218475498390775));
        QVERIFY(std::none_of(residuals.begin(), residuals.end(), [](const Residual& r) { return r.unusual; }));
        QVERIFY(near(speedFactor(residuals[1], Quantity::Latency), 1.0 / 1.2222004455597806));
    }

    void aNetworkIsUnusualWhereTheOthersSayThatItIs()
    {
        // Left out, it is at t = 4.76 against a limit of 4.53; at 95 images/s it would be at 1.99.
        std::vector<Point2> points = kCnns;
        points[4].y = 150;
        const TrendReport report = reportOn(pointsOf("cnn", points), Quantity::Params, Quantity::Throughput);
        for (const Residual& residual : report.laws[0].residuals)
            QCOMPARE(residual.unusual, residual.point == 4);
        QVERIFY(says(trendSentences(report), "cnn4 is unusually fast for its parameters: 2 times as fast as the law of "
                                             "the 8 CNN networks here says."));
        points[4].y = 95;
        const TrendReport usual = reportOn(pointsOf("cnn", points), Quantity::Params, Quantity::Throughput);
        QVERIFY(!usual.laws[0].residuals[4].unusual);
        points[4].y = 120; // at 3.41: beyond 2.57, which one network alone would be held against
        const TrendReport oneOfEight = reportOn(pointsOf("cnn", points), Quantity::Params, Quantity::Throughput);
        QVERIFY(!oneOfEight.laws[0].residuals[4].unusual);
    }

    void aMeasurementThatMayLieOnTheLawIsNotUnusual()
    {
        std::vector<TrendPoint> points = pointsOf("cnn", kCnns);
        points[4].y = 150;
        points[4].lowY = 70;
        points[4].highY = 230;
        const TrendReport report = reportOn(points, Quantity::Params, Quantity::Throughput);
        QVERIFY(report.laws[0].residuals[4].factor > report.laws[0].residuals[4].usual);
        QVERIFY(!report.laws[0].residuals[4].unusual);
    }

    void fourNetworksAreTooFewToCallOneUnusual()
    {
        for (const std::vector<Point2>& few :
             {std::vector<Point2>{{1, 1}, {2, 900}, {4, 1}}, std::vector<Point2>{{1, 1}, {2, 2}, {4, 900}, {8, 8}}}) {
            const TrendReport report = reportOn(pointsOf("cnn", few), Quantity::Params, Quantity::Throughput);
            for (const Residual& residual : report.laws.at(0).residuals)
                QVERIFY(!residual.unusual);
        }
    }

    void networksOnAnExactLawAreNotUnusual()
    {
        std::vector<Point2> exact;
        for (const double x : {0.5, 1.0, 3.0, 20.0, 700.0})
            exact.push_back({x, 2.5 * std::pow(x, -1.5)});
        const TrendReport report = reportOn(pointsOf("cnn", exact), Quantity::Params, Quantity::Throughput);
        for (const Residual& residual : report.laws.at(0).residuals)
            QVERIFY(!residual.unusual && near(residual.factor, 1.0));
    }

    void twoTypesAreComparedAtASizeThatBothHave()
    {
        const TrendReport report = cnnsAndVits();
        const LawComparison& comparison = report.comparisons.at(0);
        QCOMPARE(comparison.first, std::string("cnn"));
        QCOMPARE(comparison.at, 21.0);
        QVERIFY(near(comparison.ratio, 2.1037816181356));
        QVERIFY(near(comparison.low, 1.8188576332678006));
        QVERIFY(near(comparison.high, 2.433338935303902));
        QVERIFY(comparison.shown());
    }

    void typesWithoutASizeInCommonAreNotCompared()
    {
        const TrendReport report =
            reportOn(joined(pointsOf("cnn", {{1, 9}, {2, 5}, {3, 3}}), pointsOf("vit", {{4, 9}, {5, 5}, {6, 3}})),
                     Quantity::Params, Quantity::Throughput);
        QCOMPARE(report.laws.size(), std::size_t(2));
        QVERIFY(report.comparisons.empty());
    }

    void theSentencesSayWhatTheIntervalsAllow()
    {
        const auto sentences = trendSentences(cnnsAndVits());
        QVERIFY(says(sentences,
                     "CNN: throughput falls as parameters^−0.76 (−0.85 to −0.68; R² 0.99, 8 networks); twice "
                     "the parameters means 0.59 times the throughput."));
        QVERIFY(says(sentences, "A CNN of 21 M parameters is 2.1 times as fast here as a ViT of the same size (1.8 to "
                                "2.4)."));
        QCOMPARE(sentences.size(), std::size_t(3));
    }

    void againstMacsTheExponentIsHeldAgainstProportion()
    {
        QVERIFY(
            says(trendSentences(cnnsAndVits(Quantity::Macs)),
                 "CNN: throughput falls as MACs^−0.76 (−0.85 to −0.68; R² 0.99, 8 networks); if time went with MACs "
                 "alone it would be −1.00: larger networks do more MACs a second."));
    }

    void ofLatencyTheFasterIsTheOneWithLess()
    {
        std::vector<Point2> slow = kCnns, fast = kVits;
        for (auto* points : {&slow, &fast})
            for (Point2& point : *points)
                point.y = 1000.0 / point.y;
        const auto report =
            reportOn(joined(pointsOf("cnn", slow), pointsOf("mlp", fast)), Quantity::Macs, Quantity::Latency);
        QVERIFY(report.comparisons.at(0).ratio < 1.0);
        const auto sentences = trendSentences(report);
        QVERIFY(
            says(sentences, "A CNN of 21 GMACs is 2.1 times as fast here as an MLP of the same size (1.8 to 2.4)."));
        QVERIFY(says(sentences,
                     "CNN: latency grows as MACs^0.76 (0.68 to 0.85; R² 0.99, 8 networks); if time went with "
                     "MACs alone it would be 1.00: larger networks do more MACs a second."));
    }

    void whatIsNotShownIsNotClaimed()
    {
        const auto report = reportOn(
            joined(pointsOf("cnn", {{1, 10}, {2, 30}, {4, 12}, {8, 25}}), pointsOf("vit", {{1, 20}, {3, 9}, {9, 16}})),
            Quantity::Params, Quantity::Throughput);
        for (const std::string& sentence : trendSentences(report))
            QVERIFY2(sentence.starts_with("Not shown: "), sentence.c_str());
        QCOMPARE(trendSentences(report).size(), std::size_t(3));
    }

    void typesOfTwoNetworksHaveNoLaw()
    {
        const TrendReport report = reportOn(joined(pointsOf("cnn", kCnns), pointsOf("mlp", {{1, 2}, {3, 4}})),
                                            Quantity::Params, Quantity::Throughput);
        QVERIFY(report.withoutLaw == std::vector<std::string>{"mlp"});
        QVERIFY(pointsWithoutLaw(report) == (std::vector<std::size_t>{8, 9}));
        QCOMPARE(trendSentences(report).back(),
                 std::string("Too few networks for a law: MLP; measure three or more of a type, of unlike sizes."));
        QVERIFY(trendSentences(reportOn({}, Quantity::Params, Quantity::Throughput)).empty());
    }

    void pointsWithoutALogarithmAreLeftOut()
    {
        const auto points = joined(pointsOf("cnn", kCnns), pointsOf("cnn", {{0, 5}, {5, -1}, {5, std::nan("")}}));
        const TrendReport report = reportOn(points, Quantity::Params, Quantity::Throughput);
        QCOMPARE(report.points.size(), std::size_t(8));
        QVERIFY(near(report.laws.at(0).law.exponent, -0.7636701412221344));
    }

    void aNetworkIsOnePointUnderTheConditionsOfMostNetworks()
    {
        const std::vector<Record> records{record("resnet18", 50),
                                          record("resnet50", 20),
                                          record("resnet50", 40, "fused"),
                                          record("resnet50", 90, "eager", 112),
                                          record("lenet", 7),
                                          record("resnet18", 51)};
        const auto conditions = trendConditions(records);
        QVERIFY(conditions == (std::vector<std::string>{"eager · batch 1 · 2 threads", "fused · batch 1 · 2 threads"}));
        const auto points = trendPoints(records, Quantity::Macs, Quantity::Throughput);
        QCOMPARE(points.size(), std::size_t(3));
        QCOMPARE(points[0].name, std::string("resnet50"));
        QCOMPARE(points[0].y, 20.0); // the default input, not 3x112x112
        QCOMPARE(points[0].x, 2.0);
        QVERIFY(points[0].record == std::size_t(1));
        QCOMPARE(points[2].y, 51.0); // the last of repeats
        QCOMPARE(trendPoints(records, Quantity::Macs, Quantity::Latency, conditions[1]).at(0).y, 25.0);
        QVERIFY(trendPoints(std::vector<Record>(), Quantity::Macs, Quantity::Latency).empty());
        QVERIFY(trendPoints(records, Quantity::Macs, Quantity::Latency, "bf16").empty());
    }

    void filesOfOneNameAreToldApart()
    {
        const auto points =
            trendPoints({record("/home/a/model.pth", 50), record("/home/b/model.pth", 20), record("resnet18", 51)},
                        Quantity::Macs, Quantity::Throughput);
        QCOMPARE(points.size(), std::size_t(3));
        QCOMPARE(points[0].name, std::string("a/model.pth"));
        QCOMPARE(points[1].name, std::string("b/model.pth"));
        QCOMPARE(points[2].name, std::string("resnet18"));
    }

    void aTablesRowsArePoints()
    {
        TimmTable table{"t", std::vector<TimmRow>(2), 0};
        table.rows[0].model = "resnet50.a1_in1k";
        table.rows[0].paramsMillions = 25.6;
        for (TimmRow& row : table.rows)
            row.throughput = 9.0;
        const auto points = trendPoints(table, Quantity::Params, Quantity::Throughput);
        QCOMPARE(points.size(), std::size_t(1));
        QCOMPARE(points[0].type, std::string("cnn"));
        QVERIFY(!points[0].record);
    }
};

QTEST_APPLESS_MAIN(TestTrendReport)
#include "tst_trend_report.moc"
