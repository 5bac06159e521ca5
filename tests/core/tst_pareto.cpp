#include <QTest>

#include <limits>
#include <random>

#include "core/analysis/pareto.h"

using lathe::paretoFront;
using lathe::Point2;
using Indices = std::vector<std::size_t>;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

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
    }

    void noPointsHaveNoFront() { QVERIFY(paretoFront({}, true, false).empty()); }

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
