#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/analysis/label_placement.h"

using lathe::LabelBox;
using lathe::LabelMarker;
using lathe::LabelRequest;
using lathe::PlacedLabel;
using lathe::placeLabels;

namespace {

constexpr LabelBox kArea{0, 0, 800, 600};

bool overlap(const LabelBox& a, const LabelBox& b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

bool overlap(const LabelBox& box, const LabelMarker& m)
{
    const double dx = std::max({box.x - m.x, 0.0, m.x - box.x - box.width});
    const double dy = std::max({box.y - m.y, 0.0, m.y - box.y - box.height});
    return std::hypot(dx, dy) < m.radius;
}

bool inside(const LabelBox& area, const LabelBox& box)
{
    return box.x >= area.x && box.y >= area.y && box.x + box.width <= area.x + area.width &&
           box.y + box.height <= area.y + area.height;
}

struct Crowd {
    std::vector<LabelRequest> labels;
    std::vector<LabelMarker> others;
};

/// Labels and markers strewn about, beyond the edges as well, denser in the middle.
Crowd crowd(unsigned seed, int labels, int others)
{
    std::mt19937 random(seed);
    std::normal_distribution<double> x(400, 220), y(300, 160);
    std::uniform_real_distribution<double> width(30, 110), priority(0, 1);
    Crowd result;
    for (int i = 0; i < labels; ++i)
        result.labels.push_back({{x(random), y(random), 5}, width(random), 14, priority(random)});
    for (int i = 0; i < others; ++i)
        result.others.push_back({x(random), y(random), 2});
    return result;
}

LabelRequest labelAt(double x, double y, double priority = 0)
{
    return {{x, y, 5}, 60, 14, priority};
}

int visibleCount(const std::vector<PlacedLabel>& placed)
{
    return static_cast<int>(std::count_if(placed.begin(), placed.end(), [](const auto& p) { return p.visible; }));
}

} // namespace

class TestLabelPlacement : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLoneLabelStandsToTheRightWithoutALeader()
    {
        const auto placed = placeLabels({labelAt(100, 100)}, {}, kArea);
        QVERIFY(placed[0].visible && !placed[0].leader);
        QCOMPARE(placed[0].box.x, 107.0); // radius 5 and a gap of 2
        QCOMPARE(placed[0].box.y, 93.0);
        QCOMPARE(placed[0].box.width, 60.0);
        QCOMPARE(placed[0].box.height, 14.0);
    }

    void atTheRightEdgeItStandsElsewhere()
    {
        const auto placed = placeLabels({labelAt(790, 100)}, {}, kArea);
        QVERIFY(placed[0].visible && !placed[0].leader);
        QVERIFY(inside(kArea, placed[0].box));
        QVERIFY(placed[0].box.x + placed[0].box.width < 790);
    }

    void nothingOverlapsAndAllStaysInside_data()
    {
        QTest::addColumn<int>("labels");
        QTest::addColumn<int>("others");
        QTest::newRow("few") << 10 << 20;
        QTest::newRow("many labels") << 300 << 0;
        QTest::newRow("the overlay") << 50 << 1500;
        QTest::newRow("far too many") << 500 << 3000;
    }
    void nothingOverlapsAndAllStaysInside()
    {
        QFETCH(int, labels);
        QFETCH(int, others);
        const LabelBox legend{600, 20, 180, 120};
        for (unsigned seed = 1; seed <= 5; ++seed) {
            const Crowd c = crowd(seed, labels, others);
            const auto placed = placeLabels(c.labels, c.others, kArea, {legend});
            QCOMPARE(placed.size(), c.labels.size());
            QVERIFY(visibleCount(placed) > 0);
            for (std::size_t i = 0; i < placed.size(); ++i) {
                if (!placed[i].visible)
                    continue;
                const LabelBox& box = placed[i].box;
                QVERIFY(inside(kArea, box));
                QVERIFY(!overlap(box, legend));
                for (const LabelMarker& marker : c.others)
                    QVERIFY(!overlap(box, marker));
                for (std::size_t k = 0; k < placed.size(); ++k) {
                    QVERIFY(!overlap(box, c.labels[k].marker));
                    QVERIFY(k == i || !placed[k].visible || !overlap(box, placed[k].box));
                }
            }
        }
    }

    void mostLabelsFindAPlaceAmongTheOverlay()
    {
        const Crowd c = crowd(3, 50, 1500);
        const int visible = visibleCount(placeLabels(c.labels, c.others, kArea));
        qInfo("%d of 50 labels placed among 1500 markers", visible);
        QVERIFY(visible >= 15);
    }

    void whereThereIsNoRoomALeaderTiesIt()
    {
        std::vector<LabelMarker> ring;
        for (int i = 0; i < 24; ++i)
            ring.push_back({300 + 16 * std::cos(i * 0.2618), 300 + 16 * std::sin(i * 0.2618), 3});
        const auto placed = placeLabels({labelAt(300, 300)}, ring, kArea);
        QVERIFY(placed[0].visible && placed[0].leader);
        const LabelBox& box = placed[0].box;
        QVERIFY(placed[0].leaderX >= box.x && placed[0].leaderX <= box.x + box.width);
        QVERIFY(placed[0].leaderY >= box.y && placed[0].leaderY <= box.y + box.height);
        QVERIFY(std::hypot(placed[0].leaderX - 300, placed[0].leaderY - 300) > 16);
    }

    void aLabelStandsWhereItCannotBeTakenForANeighbours()
    {
        // To the right the neighbour would be missed by a pixel.
        const LabelMarker neighbour{120, 113, 5};
        const auto placed = placeLabels({labelAt(100, 100)}, {neighbour}, kArea);
        QVERIFY(placed[0].visible && !placed[0].leader);
        QVERIFY(!overlap(placed[0].box, LabelMarker{neighbour.x, neighbour.y, 5 + 6}));
        QCOMPARE(placed[0].box.x + placed[0].box.width / 2, 134.94974746830583); // right and above
    }

    void aLabelKeepsOffALineWhereThereIsRoom()
    {
        const lathe::LabelLine right{120, 0, 120, 600};
        const auto placed = placeLabels({labelAt(100, 100)}, {}, kArea, {}, {right});
        QVERIFY(placed[0].visible);
        QCOMPARE(placed[0].box.x + placed[0].box.width, 93.0); // to the left
        // A strip that holds nothing but the label: better over the line than hidden.
        const auto tight = placeLabels({{{10, 7, 5}, 60, 14, 0}}, {}, {0, 0, 80, 14}, {}, {{0, 7, 80, 7}});
        QVERIFY(tight[0].visible);
    }

    void betweenNeighboursALeaderTiesIt()
    {
        // Two columns leave room for the name between them, and for doubt.
        std::vector<LabelMarker> columns;
        for (int y = 40; y <= 160; y += 12)
            for (const double x : {92.0, 170.0})
                if (y != 100 || x != 92.0)
                    columns.push_back({x, double(y), 3});
        const auto placed = placeLabels({{{92, 100, 3}, 68, 14, 0}}, columns, kArea);
        QVERIFY(placed[0].visible && placed[0].leader);
        for (const LabelMarker& marker : columns)
            QVERIFY(!overlap(placed[0].box, LabelMarker{marker.x, marker.y, 3 + 6}));
    }

    void whereAllIsCrowdedANameIsBetterThanNone()
    {
        std::vector<LabelMarker> grid;
        for (int x = 4; x < 300; x += 74)
            for (int y = 4; y < 120; y += 22)
                grid.push_back({double(x), double(y), 2});
        const auto placed = placeLabels({{{78, 48, 2}, 66, 14, 0}}, grid, {0, 0, 300, 120});
        QVERIFY(placed[0].visible);
    }

    void pointsInOnePlaceAreNotEachOthersNeighbours()
    {
        const auto placed = placeLabels({labelAt(100, 100)}, {{100, 100, 5}}, kArea);
        QCOMPARE(placed[0].box.x, 107.0);
    }

    void whatFitsNowhereIsHidden()
    {
        QVERIFY(!placeLabels({{{50, 50, 5}, 101, 14, 0}}, {}, {0, 0, 100, 100})[0].visible);
        QVERIFY(!placeLabels({labelAt(100, 100)}, {}, {0, 0, 0, 0})[0].visible);
        QVERIFY(!placeLabels({labelAt(100, 100)}, {}, kArea, {kArea})[0].visible);
    }

    void theLabelOfAMarkerOutsideIsHidden()
    {
        QVERIFY(!placeLabels({labelAt(-3, 100)}, {}, kArea)[0].visible);
        QVERIFY(!placeLabels({labelAt(std::nan(""), 100)}, {}, kArea)[0].visible);
        QVERIFY(!placeLabels({labelAt(100, std::numeric_limits<double>::infinity())}, {}, kArea)[0].visible);
    }

    void theHigherPriorityChoosesFirst()
    {
        // One place for two: the strip is as high as a label and ends behind it.
        const LabelBox strip{0, 93, 170, 14};
        const LabelRequest low = labelAt(100, 100, 1);
        const LabelRequest high = labelAt(100, 100, 2);
        const auto first = placeLabels({low, high}, {}, strip);
        QCOMPARE(first[1].box.x, 107.0);
        QVERIFY(!first[0].visible || first[0].box.x != 107.0);
        const auto second = placeLabels({high, low}, {}, strip);
        QCOMPARE(second[0].box.x, 107.0);
        const auto equal = placeLabels({low, low}, {}, strip);
        QCOMPARE(equal[0].box.x, 107.0);
    }

    void aLabelLessLeavesTheHigherOnesWhereTheyWere()
    {
        Crowd c = crowd(11, 60, 800);
        const auto all = placeLabels(c.labels, c.others, kArea);
        const auto lowest = std::min_element(c.labels.begin(), c.labels.end(),
                                             [](const auto& a, const auto& b) { return a.priority < b.priority; });
        const auto index = static_cast<std::size_t>(lowest - c.labels.begin());
        c.others.push_back(lowest->marker);
        c.labels.erase(lowest);
        const auto rest = placeLabels(c.labels, c.others, kArea);
        for (std::size_t i = 0; i < rest.size(); ++i) {
            const PlacedLabel& before = all[i < index ? i : i + 1];
            QCOMPARE(rest[i].visible, before.visible);
            QCOMPARE(rest[i].box.x, before.box.x);
            QCOMPARE(rest[i].box.y, before.box.y);
        }
    }

    void theSameInputGivesTheSamePlaces()
    {
        const Crowd c = crowd(5, 50, 1500);
        const auto once = placeLabels(c.labels, c.others, kArea);
        const auto again = placeLabels(c.labels, c.others, kArea);
        for (std::size_t i = 0; i < once.size(); ++i) {
            QCOMPARE(once[i].visible, again[i].visible);
            QCOMPARE(once[i].box.x, again[i].box.x);
            QCOMPARE(once[i].box.y, again[i].box.y);
        }
    }

    void fiftyLabelsAmongFifteenHundredMarkers()
    {
        const Crowd c = crowd(9, 50, 1500);
        QBENCHMARK
        {
            placeLabels(c.labels, c.others, kArea);
        }
    }

    void noLabelsAreNoPlaces() { QVERIFY(placeLabels({}, {{1, 1, 1}}, kArea).empty()); }
};

QTEST_APPLESS_MAIN(TestLabelPlacement)
#include "tst_label_placement.moc"
