#include <QAbstractItemModelTester>
#include <QAction>
#include <QComboBox>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "core/recipe/run_recipe.h"
#include "tests/support/datasets.h"
#include "tests/support/widgets.h"
#include "ui/figures_table.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/recipe_view.h"
#include "ui/plots/waterfall_plot.h"
#include "ui/recipe/recipe_content.h"
#include "ui/recipe/recipe_form.h"
#include "ui/session/document.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

constexpr int kPatience = 40'000; // ms; the engine runs

constexpr const char* kSmall = R"({"name": "small", "model": "convnet:4,8", "dataset": "synthetic", "seed": 3,
    "measure": {"max_seconds": 0.2, "batch": 2}, "steps": [
    {"step": "train", "epochs": 1, "batch": 64}, {"step": "prune", "amount": [0.25, 0.5]},
    {"step": "quantize", "images": 32}]})";

/// Document, view and queue, in the order in which they must go; the user's answers.
struct Fixture {
    Document document;
    QTemporaryDir folder;
    QString chosen = folder.filePath("run");
    QString file = folder.filePath("recipe.json");
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<RecipeView> view;

    Fixture()
    {
        Measuring measuring;
        measuring.backend = loadBackend;
        Questions questions;
        questions.chooseFolder = [this](QWidget*, const QString&) { return chosen; };
        questions.openFile = [this](QWidget*, const QString&, const QString&) { return file; };
        questions.saveFile = [this](QWidget*, const QString&, const QString&, const QString&) { return file; };
        view = std::make_unique<RecipeView>(&document, queue.get(), measuring, questions);
        view->resize(1200, 800);
        view->show();
    }
    ~Fixture() { queue.reset(); }

    template <class Widget> Widget* find(const char* name) const { return test::child<Widget>(*view, name); }
    void click(const char* name) const { QTest::mouseClick(find<QToolButton>(name), Qt::LeftButton); }
    void open(const QByteArray& text) const
    {
        test::writeBytes(file, text);
        click("recipeOpen");
    }
    void add(const char* kind) const { find<QToolButton>("recipeAdd")->menu()->findChild<QAction*>(kind)->trigger(); }
    QStringList steps() const
    {
        QStringList all;
        const auto* list = find<QListWidget>("recipeSteps");
        for (int i = 0; i < list->count(); ++i)
            all << list->item(i)->text();
        return all;
    }
    void type(const char* field, const QString& text) const
    {
        auto* line = find<QLineEdit>(field);
        line->selectAll();
        QTest::keyClicks(line, text);
    }
    QString answer() const { return find<QLabel>("recipeAnswer")->text(); }
    QString problem() const { return find<QLabel>("recipeProblem")->text(); }
    bool isReady() const { return find<QToolButton>("recipeRun")->isEnabled(); }
    Result<Recipe> recipe() const { return view->findChild<RecipeForm*>()->recipe(); }
};

RecipeResult resultOf(const std::vector<double>& ratios)
{
    RecipeResult result{"r", "fashion-mnist", {}};
    for (std::size_t i = 0; i < ratios.size(); ++i) {
        RecipeResultStep step;
        step.number = static_cast<int>(i) + 1;
        step.parent = static_cast<int>(i) - 1;
        step.kind = "train";
        step.title = "step";
        step.test.accuracy = 0.9;
        step.time = {ratios[i], ratios[i] * 0.9, ratios[i] * 1.1};
        step.milliseconds = 2.0 * ratios[i];
        step.fileBytes = 1000 / static_cast<std::int64_t>(i + 1);
        step.macs = 500;
        result.steps.push_back(step);
    }
    return result;
}

} // namespace

/// The Recipe tab, with the engine on small images.
class TestRecipeView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void beginsWithAnExample()
    {
        const Fixture f;
        QCOMPARE(f.steps().size(), 4);
        QCOMPARE(f.steps()[1], u"2. prune 50 % of the channels"_s);
        QVERIFY(f.recipe());
        QVERIFY(f.view->isEmpty());
    }

    void stepsAreAddedMovedAndRemoved()
    {
        const Fixture f;
        auto* list = f.find<QListWidget>("recipeSteps");
        list->setCurrentRow(0);
        f.add("recipeAdd_distil");
        QCOMPARE(f.steps()[1], u"2. distil into convnet:8,16,32"_s);
        QCOMPARE(list->currentRow(), 1);
        f.click("recipeDown");
        QCOMPARE(f.steps()[2], u"3. distil into convnet:8,16,32"_s);
        f.click("recipeUp");
        f.click("recipeRemove");
        QCOMPARE(f.steps().size(), 4);
        list->setCurrentRow(0);
        QVERIFY(!f.find<QToolButton>("recipeUp")->isEnabled());
        // A step where it cannot be is said when it is to be run.
        list->setCurrentRow(3);
        f.add("recipeAdd_prune");
        f.click("recipeRun");
        QVERIFY2(f.problem().contains(u"Step 5 (prune) comes after quantizing"_s), qPrintable(f.problem()));
        f.click("recipeRemove");
        QVERIFY(f.problem().isEmpty());
    }

    void settingsOfAStepAreEdited()
    {
        const Fixture f;
        f.find<QListWidget>("recipeSteps")->setCurrentRow(1);
        f.type("recipe_amount", u"0.3, 0.6"_s);
        QCOMPARE(f.steps()[1], u"2. prune 30 % and 60 % of the channels"_s);
        auto* kind = f.find<QComboBox>("recipe_kind");
        kind->setCurrentIndex(1);
        Q_EMIT kind->activated(1);
        const auto recipe = f.recipe();
        QVERIFY(recipe);
        const auto& prune = std::get<PruneStep>(recipe->steps[1]);
        QVERIFY(prune.amount == (std::vector<double>{0.3, 0.6}));
        QCOMPARE(prune.kind, std::string("weights"));
        f.type("recipe_amount", u"much"_s);
        f.click("recipeRun");
        QVERIFY2(f.problem().contains(u"\"amount\" is not a list of numbers"_s), qPrintable(f.problem()));
    }

    void isSavedAndOpened()
    {
        const Fixture f;
        f.open(kSmall);
        QVERIFY2(f.problem().isEmpty(), qPrintable(f.problem()));
        QCOMPARE(f.steps()[1], u"2. prune 25 % and 50 % of the channels"_s);
        f.type("recipeName", u"other"_s);
        f.click("recipeSave");
        const auto saved = readRecipe(f.file.toStdString());
        QVERIFY(saved);
        Recipe expected = *recipeFromJson(kSmall);
        expected.name = "other";
        QCOMPARE(recipeToJson(*saved), recipeToJson(expected));
        f.open("{");
        QVERIFY2(f.problem().contains(u"it is no JSON"_s), qPrintable(f.problem()));
        QCOMPARE(f.steps().size(), 3);
    }

    void runsAndShowsWhatItCameTo()
    {
        Fixture f;
        f.open(kSmall);
        f.click("recipeRun");
        QTRY_VERIFY_WITH_TIMEOUT(f.answer().contains(u"were added to the table"_s) || !f.problem().isEmpty(),
                                 kPatience);
        QVERIFY2(f.problem().isEmpty(), qPrintable(f.problem()));
        QTRY_VERIFY(f.isReady());
        auto* table = f.find<FiguresTable>("recipeTable");
        QCOMPARE(table->model()->rowCount(), 5);
        QAbstractItemModelTester tester(table->model());
        QCOMPARE(f.document.records().size(), std::size_t{5});
        QVERIFY(f.document.records()[4].top1.has_value());
        auto* variant = f.find<QComboBox>("recipeVariant");
        QCOMPARE(variant->count(), 2);
        const auto* waterfall = f.find<WaterfallPlot>("recipeWaterfall");
        QCOMPARE(waterfall->content().steps.size(), std::size_t{3});
        QCOMPARE(waterfall->content().steps[1].title, u"prune 50 % of the channels"_s);
        variant->setCurrentIndex(0);
        QCOMPARE(waterfall->content().steps[1].title, u"prune 25 % of the channels"_s);
        const std::size_t series = f.find<CurvesPlot>("recipeFront")->content().series.size();
        QVERIFY(series > 0);
        for (int page = 0; page < 3; ++page) {
            f.find<QTabBar>("recipePages")->setCurrentIndex(page);
            QVERIFY(!f.view->isEmpty());
            QVERIFY(encodePlot(*f.view, PlotFormat::Png, {}));
        }
        // The same again: nothing is done twice, and no record comes twice.
        f.click("recipeRun");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady() && f.answer().contains(u"were added to the table"_s), kPatience);
        QCOMPARE(f.document.records().size(), std::size_t{5});
        // And held against itself.
        f.click("recipeCompare");
        QTRY_COMPARE(f.find<CurvesPlot>("recipeFront")->content().series.size(), 2 * series);
        QVERIFY2(f.answer().contains(u"small ends at"_s), qPrintable(f.answer()));
        f.chosen = f.folder.filePath("nowhere");
        f.click("recipeCompare");
        QVERIFY2(f.problem().contains(u"holds no recipe"_s), qPrintable(f.problem()));
    }

    void pausesAndGoesOn()
    {
        const Fixture f;
        f.open(QByteArray(kSmall).replace("\"epochs\": 1", "\"epochs\": 500"));
        f.click("recipeRun");
        QTRY_VERIFY_WITH_TIMEOUT(f.find<QLabel>("recipeProgress")->text().contains(u"images/s"_s), kPatience);
        f.click("recipeStop");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.problem().contains(u"go on from here"_s), qPrintable(f.problem()));
    }

    void barsGoFromWhatThereWasToWhatIsLeft()
    {
        WaterfallPlot plot;
        plot.resize(800, 500);
        plot.setContent(waterfallOf(resultOf({1.0, 0.5, 0.25}), 2));
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        const PlotMapping map = plot.mapping();
        const auto holds = [&](std::size_t column, double from, double to) {
            const QRectF bar = plot.barRect(column, 0);
            return std::abs(bar.top() - map.yPixel(std::max(from, to))) < 0.01 &&
                   std::abs(bar.bottom() - map.yPixel(std::min(from, to))) < 0.01;
        };
        QVERIFY(holds(0, 0.0, 100.0));
        QVERIFY(holds(1, 100.0, 50.0));
        QVERIFY(holds(2, 50.0, 25.0));
        QVERIFY(holds(3, 0.0, 25.0));
        for (std::size_t column = 0; column < 4; ++column) {
            QVERIFY(map.area.contains(plot.barRect(column, 0)));
            QVERIFY(!plot.barRect(column, 0).intersects(plot.barRect(column, 1).adjusted(0.1, 0, 0, 0)));
        }
    }

    void theFrontLeavesOutWhatIsWorse()
    {
        RecipeResult result = resultOf({1.0, 0.5, 0.25});
        result.steps[1].test.accuracy = 0.8;
        result.steps[2].test.accuracy = 0.85;
        result.steps[2].isLast = true;
        const CurvesPlot::Content content = frontsOf({result});
        QCOMPARE(content.series.size(), std::size_t{2});
        const auto& front = content.series[0].points;
        QCOMPARE(front.size(), std::size_t{2});
        QCOMPARE(front[0].x, 0.5);
        QCOMPARE(front[0].y, 85.0);
        QCOMPARE(front[1].y, 90.0);
        QCOMPARE(content.series[1].points[0].y, 80.0); // cut, and not on the front
        QVERIFY(content.hidden.contains(content.series[1].key));
    }
};

QTEST_MAIN(TestRecipeView)
#include "tst_recipe_view.moc"
