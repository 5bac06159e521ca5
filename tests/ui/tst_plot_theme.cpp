#include <QTest>

#include <algorithm>
#include <cmath>
#include <set>

#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"
#include "ui/plots/ticks.h"

using namespace lathe::ui;

namespace {

/// Seven pixels a letter, as wide or high as a test wants.
const LabelExtent kSevenPixels = [](const QString& label, bool) { return 7.0 * static_cast<double>(label.size()); };

QStringList labelsOf(const std::vector<Tick>& ticks, Tick::Rank rank)
{
    QStringList labels;
    for (const Tick& tick : ticks)
        if (tick.rank == rank)
            labels << tick.label;
    return labels;
}

} // namespace

class TestPlotTheme : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cnnIsBlueVitRedMlpGreen()
    {
        for (const PlotTheme& theme : {PlotTheme::light(font), PlotTheme::dark(font)}) {
            const QColor cnn = theme.typeStyle("cnn").colour;
            const QColor vit = theme.typeStyle("vit").colour;
            const QColor mlp = theme.typeStyle("mlp").colour;
            QVERIFY(cnn.blue() > cnn.red() && cnn.blue() > cnn.green());
            QVERIFY(vit.red() > vit.green() && vit.red() > vit.blue());
            QVERIFY(mlp.green() > mlp.red() && mlp.green() > mlp.blue());
        }
    }

    void everyTypeHasAMarkerOfItsOwn()
    {
        const PlotTheme theme = PlotTheme::light(font);
        std::set<Marker> markers;
        for (const char* type : {"cnn", "vit", "mlp", "hybrid", "transformer"})
            markers.insert(theme.typeStyle(type).marker);
        QCOMPARE(markers.size(), std::size_t(5));
    }

    void neighbouringCategoriesDifferInColourAndShape()
    {
        const PlotTheme theme = PlotTheme::dark(font);
        for (int i = 0; i < 20; ++i) {
            QVERIFY(theme.categoryStyle(i).colour != theme.categoryStyle(i + 1).colour);
            QVERIFY(theme.categoryStyle(i).marker != theme.categoryStyle(i + 1).marker);
        }
    }

    void aDarkPaletteGivesADarkTheme()
    {
        QPalette palette;
        palette.setColor(QPalette::Window, Qt::black);
        palette.setColor(QPalette::WindowText, Qt::white);
        palette.setColor(QPalette::Base, QColor("#101010"));
        const PlotTheme theme = PlotTheme::fromPalette(palette, font);
        QVERIFY(theme.isDark);
        QCOMPARE(theme.background, QColor("#101010"));
        palette.setColor(QPalette::Window, Qt::white);
        palette.setColor(QPalette::WindowText, Qt::black);
        QVERIFY(!PlotTheme::fromPalette(palette, font).isDark);
    }

    void coloursStandOutFromTheBackground()
    {
        for (const PlotTheme& theme : {PlotTheme::light(font), PlotTheme::dark(font)})
            for (const char* type : {"cnn", "vit", "mlp", "hybrid", "transformer"})
                QVERIFY(contrast(theme.typeStyle(type).colour, theme.background) > 2.5);
    }

    void numbersGetSiSuffixes()
    {
        QCOMPARE(siLabel(0.05), QString("0.05"));
        QCOMPARE(siLabel(850), QString("850"));
        QCOMPARE(siLabel(1500), QString("1.5k"));
        QCOMPARE(siLabel(10000), QString("10k"));
        QCOMPARE(siLabel(2e6), QString("2M"));
    }

    void decadesAreMainTicksAndTwoAndFiveAreSmall()
    {
        const auto ticks = logTicks({1.0, 1000.0}, 600.0, kSevenPixels);
        QCOMPARE(labelsOf(ticks, Tick::Rank::Main), QStringList({"1", "10", "100", "1k"}));
        QCOMPARE(labelsOf(ticks, Tick::Rank::Small), QStringList({"2", "5", "20", "50", "200", "500"}));
        QCOMPARE(ticks.size(), std::size_t(28));
    }

    void aCrowdedLogAxisLabelsDecadesAlone()
    {
        const auto ticks = logTicks({1.0, 1e6}, 240.0, kSevenPixels);
        QVERIFY(labelsOf(ticks, Tick::Rank::Small).isEmpty());
        QCOMPARE(labelsOf(ticks, Tick::Rank::Main).size(), 7);
        QCOMPARE(labelsOf(logTicks({1.0, 1e12}, 120.0, kSevenPixels), Tick::Rank::Main),
                 QStringList({"1", "1k", "1M", "1G", "1T"}));
    }

    void aRangeWithinADecadeIsTickedEvenly()
    {
        const auto ticks = logTicks({22.0, 31.0}, 400.0, kSevenPixels);
        QCOMPARE(labelsOf(ticks, Tick::Rank::Main), QStringList({"22", "24", "26", "28", "30"}));
    }

    void labelsNeverTouchAtAnySize()
    {
        for (double pixels = 60.0; pixels < 1500.0; pixels += 37.0) {
            for (const Range& range :
                 {Range{0.013, 870.0}, Range{2.0, 31.0}, Range{1200.0, 1900.0}, Range{9.5, 10.5}}) {
                verifyApart(logTicks(range, pixels, kSevenPixels), range, pixels, true);
                verifyApart(linearTicks(range, pixels, kSevenPixels), range, pixels, false);
                verifyApart(valueTicks({1, 2, 4, 8, 16, 24, 32, 1024}, {0.8, 1200.0}, pixels, true, kSevenPixels),
                            {0.8, 1200.0}, pixels, true);
            }
        }
    }

    void measuredValuesAreTheTicks()
    {
        const auto ticks = valueTicks({8, 1, 2, 8}, {0.5, 16.0}, 300.0, true, kSevenPixels);
        QCOMPARE(labelsOf(ticks, Tick::Rank::Main), QStringList({"1", "2", "8"}));
    }

    void aSinglePointGetsRoomAroundIt()
    {
        const Range range = paddedRange({100.0}, true);
        QVERIFY(range.low < 60.0 && range.high > 160.0);
        QVERIFY(paddedRange({0.0, -3.0, std::nan("")}, true) == (Range{1.0, 100.0}));
        const Range accuracy = paddedRange({80.0, 84.0}, false);
        QVERIFY(accuracy.low > 79.0 && accuracy.high < 85.0);
    }

    void pixelsAndValuesAgree()
    {
        const PlotMapping map{QRectF(50, 10, 300, 200), {1.0, 1000.0}, {0.0, 10.0}, true, false};
        QCOMPARE(map.toPixel(10.0, 5.0), QPointF(150.0, 110.0));
        const QPointF back = map.toValue({150.0, 110.0});
        QVERIFY(std::abs(back.x() - 10.0) < 1e-9 && std::abs(back.y() - 5.0) < 1e-9);
        QVERIFY(!map.canShow(0.0, 1.0));
    }

    void zoomingKeepsTheValueUnderTheCursor()
    {
        const Range range = zoomed({1.0, 100.0}, 10.0, 0.5, true);
        QVERIFY(std::abs(range.low - std::sqrt(10.0)) < 1e-9);
        QVERIFY(std::abs(range.high - 10.0 * std::sqrt(10.0)) < 1e-9);
        QVERIFY(zoomed({1.0, 100.0}, 10.0, 1e9, true) == (Range{1.0, 100.0})); // no farther than makes sense
    }

private:
    static double luminance(const QColor& colour)
    {
        const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
        return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
    }

    /// WCAG's contrast ratio.
    static double contrast(const QColor& a, const QColor& b)
    {
        const double lighter = std::max(luminance(a), luminance(b));
        const double darker = std::min(luminance(a), luminance(b));
        return (lighter + 0.05) / (darker + 0.05);
    }

    static void verifyApart(const std::vector<Tick>& ticks, const Range& range, double pixels, bool log)
    {
        std::vector<std::pair<double, double>> spans;
        for (const Tick& tick : ticks) {
            if (tick.label.isEmpty())
                continue;
            const double centre = axisPosition(tick.value, range, pixels, log);
            const double half = kSevenPixels(tick.label, false) / 2.0;
            spans.emplace_back(centre - half, centre + half);
        }
        std::sort(spans.begin(), spans.end());
        for (std::size_t i = 1; i < spans.size(); ++i)
            QVERIFY2(spans[i].first > spans[i - 1].second, qPrintable(QString("at %1 pixels").arg(pixels)));
    }

    QFont font;
};

QTEST_MAIN(TestPlotTheme)
#include "tst_plot_theme.moc"
