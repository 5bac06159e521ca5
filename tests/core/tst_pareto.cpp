#include <QTest>

#include <algorithm>
#include <limits>
#include <random>

#include "core/analysis/pareto.h"

using lathe::paretoFront;
using lathe::Point2;
using Indices = std::vector<std::size_t>;

namespace {

using Points = std::vector<std::vector<double>>;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const std::vector<bool> kAllSmall{true, true, true};

bool beats(const Point2& a, const Point2& b)
{
    return a.x <= b.x && a.y <= b.y && (a.x < b.x || a.y < b.y);
}

} // namespace

class TestPareto : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFrontIsWhatNothingBeats_data()
    {
        QTest::addColumn<bool>("smallerX");
        QTest::addColumn<bool>("smallerY");
        QTest::addColumn<QList<int>>("front");
        QTest::newRow("both small") << true << true << QList<int>{0, 3, 1};
        QTest::newRow("x small, y large") << true << false << QList<int>{0, 2};
        QTest::newRow("x large, y small") << false << true << QList<int>{1};
        QTest::newRow("both large") << false << false << QList<int>{2, 4};
    }
    void theFrontIsWhatNothingBeats()
    {
        //                                0       1       2       3       4
        const std::vector<Point2> points{{1, 5}, {4, 1}, {2, 6}, {2, 4}, {4, 3}};
        QFETCH(bool, smallerX);
        QFETCH(bool, smallerY);
        QFETCH(QList<int>, front);
        QList<int> found;
        for (const std::size_t index : paretoFront(points, smallerX, smallerY))
            found << static_cast<int>(index);
        QCOMPARE(found, front);
    }

    void ofEqualPointsTheFirstStays()
    {
        QVERIFY(paretoFront({{1, 1}, {1, 1}, {1, 1}}, true, true) == Indices{0});
        QVERIFY(paretoFront({{2, 1}, {1, 2}, {2, 1}, {1, 2}}, true, true) == (Indices{1, 0}));
        QVERIFY(paretoFront({{2, 1}, {1, 2}, {2, 1}, {1, 2}}, false, false) == (Indices{1, 0}));
    }

    void ofEqualXTheBetterYStays() { QVERIFY(paretoFront({{1, 3}, {1, 2}, {1, 4}}, true, true) == Indices{1}); }

    void nanIsNeverOnTheFront()
    {
        QVERIFY(paretoFront({{kNan, 0}, {0, kNan}, {1, 1}, {kNan, kNan}}, true, true) == Indices{2});
        QVERIFY(paretoFront({{kNan, kNan}}, true, true).empty());
        QVERIFY(paretoFront(Points{{1, 2, kNan}, {2, 3, 4}}, kAllSmall) == Indices{1});
    }

    void noPointsHaveNoFront()
    {
        QVERIFY(paretoFront({}, true, false).empty());
        QVERIFY(paretoFront(Points{}, kAllSmall).empty());
    }

    void aThirdQuantityPutsMoreOnTheFront()
    {
        // latency, top-1, size: the fourth is beaten by the second in all three, the third only in two
        const Points points{{10, 70, 40}, {20, 76, 100}, {30, 75, 15}, {25, 76, 120}};
        QVERIFY(paretoFront(points, {true, false, true}) == (Indices{0, 1, 2}));
        QVERIFY(paretoFront(Points{{10, 70}, {20, 76}, {30, 75}, {25, 76}}, {true, false}) == (Indices{0, 1}));
    }

    void theFrontGoesByItsFirstQuantityWhicheverWayIsGood()
    {
        const Points points{{3, 1, 1}, {1, 3, 1}, {2, 2, 1}};
        QVERIFY(paretoFront(points, kAllSmall) == (Indices{1, 2, 0}));
        QVERIFY(paretoFront(points, {false, false, true}) == (Indices{1, 2, 0}));
    }

    void ofEqualPointsInThreeQuantitiesTheFirstStays()
    {
        QVERIFY(paretoFront(Points{{1, 1, 2}, {1, 1, 1}, {1, 1, 1}}, kAllSmall) == Indices{1});
    }

    void oneQuantityHasOneBest()
    {
        QVERIFY(paretoFront(Points{{4}, {2}, {9}}, {true}) == Indices{1});
        QVERIFY(paretoFront(Points{{4}, {2}, {9}}, {false}) == Indices{2});
    }

    void inThreeQuantitiesItIsWhatComparingAllPairsFinds()
    {
        std::mt19937 random(11);
        std::uniform_int_distribution<int> coordinate(0, 12);
        Points points;
        for (int i = 0; i < 500; ++i)
            points.push_back({double(coordinate(random)), double(coordinate(random)), double(coordinate(random))});
        const Indices front = paretoFront(points, kAllSmall);
        const auto nowhereWorse = [&](std::size_t a, std::size_t b) {
            return points[a][0] <= points[b][0] && points[a][1] <= points[b][1] && points[a][2] <= points[b][2];
        };
        Indices expected;
        for (std::size_t i = 0; i < points.size(); ++i) {
            bool beaten = false;
            for (std::size_t j = 0; j < points.size(); ++j)
                beaten = beaten || (nowhereWorse(j, i) && (points[j] != points[i] || j < i));
            if (!beaten)
                expected.push_back(i);
        }
        QVERIFY(std::is_permutation(front.begin(), front.end(), expected.begin(), expected.end()));
    }

    void itIsWhatComparingAllPairsFinds()
    {
        std::mt19937 random(7);
        std::uniform_int_distribution<int> coordinate(0, 30);
        std::vector<Point2> points;
        for (int i = 0; i < 400; ++i)
            points.push_back({double(coordinate(random)), double(coordinate(random))});
        Indices front = paretoFront(points, true, true);
        QVERIFY(std::is_sorted(front.begin(), front.end(),
                               [&](std::size_t a, std::size_t b) { return points[a].x < points[b].x; }));
        for (const std::size_t i : front)
            QVERIFY(std::none_of(points.begin(), points.end(), [&](const Point2& p) { return beats(p, points[i]); }));
        for (const Point2& p : points)
            QVERIFY(std::any_of(front.begin(), front.end(), [&](std::size_t i) {
                return beats(points[i], p) || (points[i].x == p.x && points[i].y == p.y);
            }));
    }
};

QTEST_APPLESS_MAIN(TestPareto)
#include "tst_pareto.moc"
