#include <QComboBox>
#include <QLabel>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>

#include <fstream>

#include "tests/support/widgets.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/residual_plot.h"
#include "ui/plots/scatter_plot.h"
#include "ui/plots/scatter_view.h"
#include "ui/plots/trend_view.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;
using lathe::test::child;

namespace {

Record record(const std::string& model, const std::string& type, double params, double throughput,
              const std::string& mode = "eager")
{
    Record r;
    r.id = model + mode;
    r.configuration = {model, mode, 1, 2, {3, 224, 224}, "cpu"};
    r.type = type;
    r.params = static_cast<std::int64_t>(params * 1e6);
    r.macs = static_cast<std::int64_t>(params * 2e8);
    r.throughput = throughput;
    r.latency.median = 1000.0 / throughput;
    return r;
}

constexpr const char* kTable =
    "model,infer_img_size,infer_samples_per_sec,param_count,infer_gmacs\n"
    "resnet18,224,900,11.69,1.8\nresnet34,224,500,21.8,3.7\nresnet50.a1_in1k,224,300,25.56,4.1\n"
    "resnet101,224,150,44.55,7.8\nresnet152,224,160,60.19,11.6\n";

/// Points of tst_trend_report: CNNs on a law of exponent -0.76, ViTs half as fast.
void fill(Document& document)
{
    const std::vector<std::pair<double, double>> cnns{{1.2, 310},   {2.5, 260}, {3.7, 150},   {8.0, 92},
                                                      {11.0, 70.5}, {25.6, 41}, {44.5, 20.3}, {88.0, 13.7}};
    for (std::size_t i = 0; i < cnns.size(); ++i)
        document.appendRecord(record("cnn" + std::to_string(i), "cnn", cnns[i].first, cnns[i].second));
    const std::vector<std::pair<double, double>> vits{{5, 60}, {10, 38}, {20, 21}, {40, 12.5}, {86, 6}};
    for (std::size_t i = 0; i < vits.size(); ++i)
        document.appendRecord(record("vit" + std::to_string(i), "vit", vits[i].first, vits[i].second));
}

/// Its panels beside each other.
auto wideSvg(const PlotWidget& view)
{
    ExportOptions options;
    options.width = 1200.0;
    options.height = 500.0;
    return encodePlot(view, PlotFormat::Svg, options);
}

QString answerOf(const QWidget& view)
{
    return child<QLabel>(view, "trendAnswer")->text();
}

} // namespace

class TestTrendView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void twoNetworksAreNoTrendAndTheViewSaysWhatToDo()
    {
        Document document;
        document.appendRecord(record("a", "cnn", 1, 10));
        document.appendRecord(record("b", "cnn", 2, 20));
        TrendView view(&document);
        view.resize(900, 600);
        view.show();
        QVERIFY(child<EmptyHint>(view, "emptyHint")->isVisible());
        QVERIFY(view.isEmpty());
        document.appendRecord(record("c", "cnn", 4, 35));
        QVERIFY(!child<EmptyHint>(view, "emptyHint")->isVisible());
        QVERIFY(!view.isEmpty());
    }

    void theSentencesFollowFromTheLaws()
    {
        Document document;
        fill(document);
        TrendView view(&document);
        view.show();
        QVERIFY2(
            answerOf(view).contains("A CNN of 21 M parameters is 2.1 times as fast here as a ViT of the same size"),
            qPrintable(answerOf(view)));
        QVERIFY(answerOf(view).contains(
            "CNN: throughput falls as parameters<sup>−0.76</sup> (−0.85 to −0.68; R² 0.99, 8 networks)"));
        auto* x = child<QComboBox>(view, "trendX");
        x->setCurrentIndex(x->findData("macs"));
        QVERIFY(answerOf(view).contains("if time went with MACs alone it would be −1.00"));
        QCOMPARE(view.titles().x, QString("Multiply-accumulates (GMACs)"));
        QCOMPARE(view.exportName(), QString("trend-macs"));
        document.undoStack()->undo();
        QCOMPARE(x->currentData().toString(), QString("params"));
    }

    void theBarsGoFromFastToSlowWhicheverFigureIsShown()
    {
        Document document;
        fill(document);
        TrendView view(&document);
        view.show();
        const auto& bars = child<ResidualPlot>(view, "trendResiduals")->content().bars;
        QCOMPARE(bars.size(), std::size_t(13));
        QCOMPARE(bars.front().name, QString("cnn1"));
        QVERIFY(std::abs(bars.front().speed - 1.2222004455597806) < 1e-9);
        QCOMPARE(bars.back().name, QString("cnn0"));
        auto* y = child<QComboBox>(view, "trendY");
        y->setCurrentIndex(y->findData("latency"));
        const auto& turned = child<ResidualPlot>(view, "trendResiduals")->content().bars;
        QCOMPARE(turned.front().name, QString("cnn1"));
        QVERIFY(std::abs(turned.front().speed - 1.2222004455597806) < 1e-9);
    }

    void onlyWhatWasMeasuredAlikeIsOneTrend()
    {
        Document document;
        fill(document);
        document.appendRecord(record("cnn0", "cnn", 1.2, 900, "fused"));
        TrendView view(&document);
        view.show();
        auto* conditions = child<QComboBox>(view, "trendConditions");
        QCOMPARE(conditions->count(), 2);
        QCOMPARE(conditions->currentText(), QString("eager · batch 1 · 2 threads"));
        QCOMPARE(child<ScatterPlot>(view, "trendScatter")->scene().model.points.size(), std::size_t(13));
        conditions->setCurrentIndex(1);
        QVERIFY(view.isEmpty()); // one network is no trend
        conditions->setCurrentIndex(0);
        QVERIFY(!view.isEmpty());
    }

    void aClickOnABarSelectsItsRecord()
    {
        Document document;
        fill(document);
        TrendView view(&document);
        view.resize(1000, 700);
        view.show();
        QTest::qWait(1);
        auto* plot = child<ResidualPlot>(view, "trendResiduals");
        const PlotMapping map = plot->mapping();
        QTest::mouseClick(plot->surface(), Qt::LeftButton, {}, map.toPixel(1.05, 0.0).toPoint());
        QCOMPARE(document.selection(), QStringList{"cnn1eager"});
        QCOMPARE(plot->content().selected, QStringList{"cnn1eager"});
        plot->surface()->setFocus();
        QTest::keyClick(plot->surface(), Qt::Key_Down);
        QTest::keyClick(plot->surface(), Qt::Key_Down);
        QTest::keyClick(plot->surface(), Qt::Key_Return);
        QCOMPARE(document.selection(), QStringList{QString::fromStdString("") + plot->content().bars[1].id});
    }

    void aHiddenTypeHasNoSentencesAndComesBack()
    {
        Document document;
        fill(document);
        TrendView view(&document);
        view.show();
        PlotSettings plot = document.plot();
        plot.trends.hidden = {"type:vit"};
        document.setPlot(plot, "hide");
        QVERIFY(!answerOf(view).contains("ViT"));
        QCOMPARE(child<ResidualPlot>(view, "trendResiduals")->content().bars.size(), std::size_t(8));
        document.undoStack()->undo();
        QVERIFY(answerOf(view).contains("ViT"));
    }

    void theExportHasLawsAndBars()
    {
        Document document;
        fill(document);
        TrendView view(&document);
        view.resize(1200, 700);
        const auto svg = wideSvg(view);
        QVERIFY(svg.has_value());
        for (const char* text : {"CNN", "its type's law (grey: usual)", "cnn7", "R²"})
            QVERIFY2(svg->contains(text), text);
    }

    void aHiddenViewIsComputedWhenItIsAskedFor()
    {
        Document document;
        TrendView view(&document);
        fill(document);
        const auto* bars = child<ResidualPlot>(view, "trendResiduals");
        QVERIFY(bars->content().bars.empty()); // nobody has looked
        QVERIFY(!view.isEmpty());
        QCOMPARE(bars->content().bars.size(), std::size_t(13));

        PlotSettings settings = document.plot();
        settings.trends.x = "macs";
        document.setPlot(settings, "test");
        QCOMPARE(view.titles().x, QString("Multiply-accumulates (GMACs)"));

        document.appendRecord(record("newest", "vit", 30, 15));
        const auto svg = wideSvg(view);
        QVERIFY(svg.has_value() && svg->contains("newest"));

        document.appendRecord(record("mlp", "mlp", 30, 15));
        QVERIFY(!answerOf(view).contains("MLP"));
        view.show();
        QVERIFY(answerOf(view).contains("Too few networks for a law: MLP"));
    }

    void theOrderOfATableIsComparedByName()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath("benchmark-infer-tiny.csv");
        std::ofstream csv(path.toStdString());
        csv << kTable;
        csv.close();
        Document document;
        for (const auto& [model, params, throughput] :
             std::vector<std::tuple<std::string, double, double>>{{"resnet18", 11.69, 50},
                                                                  {"resnet34", 21.8, 30},
                                                                  {"resnet50", 25.56, 20},
                                                                  {"resnet101", 44.55, 11},
                                                                  {"resnet152", 60.19, 8}})
            document.appendRecord(record(model, "cnn", params, throughput));
        TrendView view(&document);
        view.show();
        auto* button = child<QToolButton>(view, "trendOverlay");
        QVERIFY(!button->isEnabled());
        PlotSettings plot = document.plot();
        plot.overlay = path.toStdString();
        document.setPlot(plot, "overlay");
        QVERIFY2(answerOf(view).contains("The order of 5 networks by throughput on tiny and here: Spearman's rank "
                                         "correlation 0.90 (−0.17 to 1.00)"),
                 qPrintable(answerOf(view)));
        button->setChecked(true);
        QCOMPARE(child<ScatterPlot>(view, "trendScatter")->scene().overlay.points.size(), std::size_t(5));
        QVERIFY(document.plot().trends.overlay);
    }

    void theTableIsReadOnceForBothViewsOfIt()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("benchmark-infer-tiny.csv").toStdString();
        std::ofstream(path) << kTable;
        Document document;
        fill(document);
        const auto overlays = std::make_shared<OverlayReader>();
        ScatterView scatter(&document, overlays);
        TrendView trend(&document, overlays);
        PlotSettings plot = document.plot();
        plot.overlay = path;
        plot.trends.overlay = true;
        document.setPlot(plot, "overlay");
        trend.show();
        const auto table = child<ScatterPlot>(scatter, "scatterPlot")->scene().overlay.table;
        QVERIFY(table);
        QCOMPARE(child<ScatterPlot>(trend, "trendScatter")->scene().overlay.table, table);
        QCOMPARE(overlays->read(path, {}).table, table);
        QVERIFY(overlays->read(path, "no such table").table != table);
        QVERIFY(!overlays->read({}, {}).table);
    }
};

QTEST_MAIN(TestTrendView)
#include "tst_trend_view.moc"
