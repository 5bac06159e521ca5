#include <QAbstractItemModelTester>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QTabBar>
#include <QTest>
#include <QToolButton>

#include "tests/support/widgets.h"
#include "ui/figures_table.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/claim_view.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/session/document.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

constexpr int kPatience = 60'000; // ms; the engine runs

struct Fixture {
    Document document;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<ClaimView> view;

    Fixture()
    {
        Measuring measuring;
        measuring.backend = loadBackend;
        view = std::make_unique<ClaimView>(&document, queue.get(), measuring);
        view->resize(1100, 700);
        view->show();
    }
    ~Fixture() { queue.reset(); }
    template <class Widget> Widget* find(const char* name) const { return test::child<Widget>(*view, name); }
    QString cell(int row, int column) const
    {
        const auto* model = find<FiguresTable>("claimTable")->model();
        return model->index(row, column).data().toString();
    }
};

} // namespace

/// The DistilBERT tab, with both networks at short lengths.
class TestClaimView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void claimsAndSizesAreThereUnmeasured()
    {
        const Fixture f;
        QCOMPARE(f.cell(0, 1), u"40 %"_s);
        QCOMPARE(f.cell(0, 2), u"not measured yet"_s);
        QCOMPARE(f.cell(2, 1), u"97 %"_s);
        QVERIFY(f.find<QLabel>("claimAnswer")->text().contains(u"Press Measure"_s));
        auto* pages = f.find<QTabBar>("claimPages");
        QVERIFY(!pages->isTabEnabled(1));
        QVERIFY(f.view->isEmpty());
        pages->setCurrentIndex(3);
        QVERIFY(!f.view->isEmpty());
        const CurvesPlot::Content sizes = f.find<CurvesPlot>("claimSizes")->content();
        QCOMPARE(sizes.series[0].points.size() + sizes.series[1].points.size(), std::size_t{12});
        QVERIFY(encodePlot(*f.view, PlotFormat::Png, {}));
    }

    void measuresWhatIsAsked()
    {
        const Fixture f;
        f.find<QLineEdit>("claimLengths")->setText(u"8, 16"_s);
        f.find<QLineEdit>("claimBatches")->setText(u"1"_s);
        f.find<QDoubleSpinBox>("claimSeconds")->setValue(0.2);
        QTest::mouseClick(f.find<QToolButton>("claimStart"), Qt::LeftButton);
        QVERIFY(!f.find<QToolButton>("claimStart")->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(f.cell(0, 2) == u"39.1 %"_s, kPatience);
        QAbstractItemModelTester tester(f.find<FiguresTable>("claimTable")->model());
        QCOMPARE(f.find<FiguresTable>("claimTable")->model()->rowCount(), 4);
        QVERIFY(f.cell(3, 2).contains(u"cannot be measured here"_s));
        QCOMPARE(f.document.records().size(), std::size_t{2});
        const CurvesPlot::Content speed = f.find<CurvesPlot>("claimSpeed")->content();
        QCOMPARE(speed.series.size(), std::size_t{2}); // a batch, and what was published
        QCOMPARE(speed.series[0].points.size(), std::size_t{2});
        QCOMPARE(speed.series[1].points[0].y, 1.6);
        const CurvesPlot::Content layers = f.find<CurvesPlot>("claimLayers")->content();
        QVERIFY(layers.series[0].points.size() >= layers.series[1].points.size() + 6);
        QTRY_VERIFY(f.find<QTabBar>("claimPages")->isTabEnabled(1));
        for (int page = 0; page < 4; ++page) {
            f.find<QTabBar>("claimPages")->setCurrentIndex(page);
            QVERIFY(!f.view->isEmpty());
            QVERIFY(encodePlot(*f.view, PlotFormat::Png, {}));
        }
    }

    void whatCannotBeIsSaid()
    {
        const Fixture f;
        f.find<QLineEdit>("claimLengths")->setText(u"8, many"_s);
        QTest::mouseClick(f.find<QToolButton>("claimStart"), Qt::LeftButton);
        QVERIFY2(f.find<QLabel>("claimProblem")->text().contains(u"“many” cannot be among the lengths"_s),
                 qPrintable(f.find<QLabel>("claimProblem")->text()));
        f.find<QLineEdit>("claimLengths")->setText(u"600"_s);
        QTest::mouseClick(f.find<QToolButton>("claimStart"), Qt::LeftButton);
        QVERIFY(f.find<QLabel>("claimProblem")->text().contains(u"from 1 to 512"_s));
        QVERIFY(f.find<QToolButton>("claimStart")->isEnabled());
    }
};

QTEST_MAIN(TestClaimView)
#include "tst_claim_view.moc"
