#include <QTest>

#include <cmath>
#include <limits>

#include "core/analysis/treemap.h"

using lathe::squarify;
using lathe::TreemapBox;

namespace {

bool overlap(const TreemapBox& a, const TreemapBox& b)
{
    constexpr double kRounding = 1e-9;
    return a.x + a.width > b.x + kRounding && b.x + b.width > a.x + kRounding && a.y + a.height > b.y + kRounding &&
           b.y + b.height > a.y + kRounding;
}

} // namespace

class TestTreemap : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// The example of the paper: 6, 6, 4, 3, 2, 2, 1 in 6 x 4.
    void boxesAreThoseOfThePapersExample()
    {
        const auto boxes = squarify({6, 6, 4, 3, 2, 2, 1}, {0, 0, 6, 4});
        const std::vector<TreemapBox> expected{{0, 0, 3, 2},
                                               {0, 2, 3, 2},
                                               {3, 0, 4.0 / 2.3333333333333335, 2.3333333333333335},
                                               {4.714285714285714, 0, 1.2857142857142856, 2.3333333333333335}};
        for (std::size_t i = 0; i < expected.size(); ++i) {
            QVERIFY2(std::abs(boxes[i].x - expected[i].x) < 1e-9, qPrintable(QString::number(i)));
            QVERIFY2(std::abs(boxes[i].y - expected[i].y) < 1e-9, qPrintable(QString::number(i)));
            QVERIFY2(std::abs(boxes[i].width - expected[i].width) < 1e-9, qPrintable(QString::number(i)));
            QVERIFY2(std::abs(boxes[i].height - expected[i].height) < 1e-9, qPrintable(QString::number(i)));
        }
    }

    void areasAreInProportionAndNothingOverlaps()
    {
        const std::vector<double> values{3, 0.001, 500, 20, 20, 0, 7, 90, 1e-7, 33};
        const auto boxes = squarify(values, {10, 20, 640, 200});
        double sum = 0.0;
        for (const double value : values)
            sum += value;
        for (std::size_t i = 0; i < boxes.size(); ++i) {
            QVERIFY(std::abs(boxes[i].width * boxes[i].height - values[i] / sum * 128000) < 1e-6);
            for (std::size_t j = 0; j < i; ++j)
                QVERIFY(!overlap(boxes[i], boxes[j]));
            QVERIFY(boxes[i].x >= 10 - 1e-9 && boxes[i].x + boxes[i].width <= 650 + 1e-6);
            QVERIFY(boxes[i].y >= 20 - 1e-9 && boxes[i].y + boxes[i].height <= 220 + 1e-6);
        }
    }

    void whatIsNotPositiveGetsNoRoom()
    {
        const auto boxes = squarify({-1, 0, std::nan(""), 2}, {0, 0, 10, 10});
        for (int i = 0; i < 3; ++i)
            QCOMPARE(boxes[static_cast<std::size_t>(i)].width, 0.0);
        QCOMPARE(boxes[3].width, 10.0);
        QCOMPARE(boxes[3].height, 10.0);
    }

    void withoutRoomOrValuesNothingIsPlaced()
    {
        QVERIFY(squarify({}, {0, 0, 10, 10}).empty());
        QCOMPARE(squarify({1, 2}, {0, 0, 0, 10})[0].width, 0.0);
        QCOMPARE(squarify({0, 0}, {0, 0, 10, 10})[1].height, 0.0);
    }
};

QTEST_APPLESS_MAIN(TestTreemap)
#include "tst_treemap.moc"
