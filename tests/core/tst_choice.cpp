#include <QTest>

#include <cmath>

#include "core/analysis/choice.h"
#include "core/analysis/choice_text.h"
#include "core/analysis/series.h"
#include "core/base/words.h"

using namespace lathe;

namespace {

bool near(double actual, double expected)
{
    if (std::abs(actual - expected) <= 1e-10 * std::abs(expected))
        return true;
    qWarning("%.17g is not %.17g", actual, expected);
    return false;
}

Record record(const std::string& model, double latency, double halfWidth, double top1Percent, double params = 10.0,
              const std::string& mode = "eager")
{
    Record r;
    r.id = model + mode;
    r.configuration = {model, mode, 1, 2, {3, 224, 224}, "cpu"};
    r.type = "cnn";
    r.params = static_cast<std::int64_t>(params * 1e6);
    r.macs = static_cast<std::int64_t>(params * 2e8);
    r.fileBytes = static_cast<std::int64_t>(params * 4e6);
    if (top1Percent > 0.0)
        r.top1 = top1Percent / 100.0;
    r.latency.median = latency;
    r.latency.ciLow = latency - halfWidth;
    r.latency.ciHigh = latency + halfWidth;
    r.throughput = 1000.0 / latency;
    r.throughputLow = 1000.0 / (latency + halfWidth);
    r.throughputHigh = 1000.0 / (latency - halfWidth);
    r.peakTensorBytes = 20'000'000;
    r.environment.host = "box";
    return r;
}

/// Latency (ms), top-1 (%), parameters (millions).
std::vector<Record> fiveNetworks()
{
    return {record("resnet18", 10.0, 0.1, 69.76, 11.7), record("resnet50", 25.0, 0.2, 80.86, 25.6),
            record("convnext_tiny", 40.0, 0.4, 82.52, 28.6), record("swin_t", 60.0, 0.5, 81.47, 28.3),
            record("mobilenet_v2", 8.0, 0.1, 72.15, 3.5)};
}

std::string nameOf(const Choice& choice, const std::optional<std::size_t>& candidate)
{
    return candidate ? choice.candidates[*candidate].name : "nobody";
}

std::vector<std::string> frontNames(const Choice& choice)
{
    std::vector<std::string> names;
    for (const std::size_t i : choice.front)
        names.push_back(choice.candidates[i].name);
    return names;
}

using Names = std::vector<std::string>;
using Q = Quantity;

} // namespace

class TestChoice : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theFrontIsOverTheAxesWhicheverBudgetsThereAre()
    {
        Choice choice = choose(fiveNetworks(), {{Q::Latency, Q::Top1}, {{Q::Latency, 9.0}}, {}});
        QVERIFY(frontNames(choice) == (Names{"mobilenet_v2", "resnet50", "convnext_tiny"}));
        QVERIFY(choice.candidates[4].onFront && !choice.candidates[3].onFront);
        choice = choose(fiveNetworks(), {{Q::Latency, Q::Top1, Q::Params}, {}, {}});
        QVERIFY(frontNames(choice) == (Names{"mobilenet_v2", "resnet50", "convnext_tiny", "swin_t"}));
    }

    void withoutBudgetsTheMostAccurateIsTheBest()
    {
        const Choice choice = choose(fiveNetworks(), {});
        QCOMPARE(choice.preferred, Q::Top1);
        QCOMPARE(nameOf(choice, choice.best), std::string("convnext_tiny"));
        QCOMPARE(nameOf(choice, choice.runnerUp), std::string("swin_t"));
        QCOMPARE(choice.keeping(), std::size_t(5));
    }

    void aBudgetRulesOutWhatBreaksIt()
    {
        const Choice choice =
            choose(fiveNetworks(), {{Q::Latency, Q::Top1}, {{Q::Latency, 30.0}, {Q::Params, 25.6}}, {}});
        QCOMPARE(nameOf(choice, choice.best), std::string("resnet50")); // at the limit is within it
        QCOMPARE(nameOf(choice, choice.runnerUp), std::string("mobilenet_v2"));
        QCOMPARE(choice.keeping(), std::size_t(3));
        QCOMPARE(choice.keeping(0), std::size_t(3));
        QCOMPARE(choice.keeping(1), std::size_t(3));
        QCOMPARE(choice.candidates[2].standings[0], Standing::Broken);
    }

    void withABudgetOfAccuracyTheFastestIsTheBest()
    {
        const Choice choice = choose(fiveNetworks(), {{Q::Latency, Q::Top1}, {{Q::Top1, 80.0}}, {}});
        QCOMPARE(choice.preferred, Q::Throughput);
        QCOMPARE(nameOf(choice, choice.best), std::string("resnet50"));
        QCOMPARE(nameOf(choice, choice.runnerUp), std::string("convnext_tiny"));
    }

    void whatIsPreferredCanBeSaid()
    {
        QCOMPARE(nameOf({}, {}), std::string("nobody"));
        const Choice smallest = choose(fiveNetworks(), {{Q::Latency, Q::Top1}, {{Q::Top1, 70.0}}, Q::FileSize});
        QCOMPARE(nameOf(smallest, smallest.best), std::string("mobilenet_v2"));
        QCOMPARE(nameOf(smallest, smallest.runnerUp), std::string("resnet50"));
    }

    void equalsAreRankedByWhatIsAskedNext()
    {
        std::vector<Record> records = fiveNetworks();
        records.push_back(record("convnext_tiny", 30.0, 0.4, 82.52, 28.6, "fused"));
        const Choice choice = choose(records, {});
        QCOMPARE(nameOf(choice, choice.best), std::string("convnext_tiny · fused"));
        // Another mode of the same network is no answer to "which network otherwise?".
        QCOMPARE(nameOf(choice, choice.runnerUp), std::string("swin_t"));
        const Choice alone = choose({records[2], records[5]}, {});
        QCOMPARE(nameOf(alone, alone.runnerUp), std::string("convnext_tiny · eager"));
    }

    void ofRepeatsTheLastCountsAndOtherMachinesDoNot()
    {
        std::vector<Record> records = fiveNetworks();
        records.push_back(record("resnet18", 11.0, 0.1, 69.76, 11.7));
        records.push_back(record("vgg16", 1.0, 0.1, 99.0));
        records.back().environment.host = "other";
        const Choice choice = choose(records, {});
        QCOMPARE(choice.candidates.size(), std::size_t(5));
        QCOMPARE(choice.leftOut, std::size_t(2));
        QVERIFY(comparableRecords(records) == (std::vector<std::size_t>{1, 2, 3, 4, 5}));
        QCOMPARE(choice.candidates.back().figure(Q::Latency)->value, 11.0);
    }

    void aLimitWithinTheIntervalIsKeptOrBrokenNarrowly()
    {
        const Budget latency{Q::Latency, 20.0};
        QCOMPARE(standing(Measure{19.0, 18.5, 19.9}, latency), Standing::Kept);
        QCOMPARE(standing(Measure{19.8, 19.3, 20.3}, latency), Standing::NarrowlyKept);
        QCOMPARE(standing(Measure{20.2, 19.9, 20.5}, latency), Standing::NarrowlyBroken);
        QCOMPARE(standing(Measure{20.2, 20.1, 20.5}, latency), Standing::Broken);
        QCOMPARE(standing(std::nullopt, latency), Standing::Unknown);
        const Budget throughput{Q::Throughput, 50.0};
        QCOMPARE(standing(Measure{50.0, 50.0, 50.0}, throughput), Standing::Kept);
        QCOMPARE(standing(Measure{51.0, 49.0, 53.0}, throughput), Standing::NarrowlyKept);
        QCOMPARE(standing(Measure{49.0, 48.0, 51.0}, throughput), Standing::NarrowlyBroken);
        QVERIFY(keeps(Standing::NarrowlyKept) && !keeps(Standing::NarrowlyBroken) && !keeps(Standing::Unknown));
    }

    void whatHasNoFigureCannotKeepItsBudget()
    {
        std::vector<Record> records = fiveNetworks();
        records[2].top1.reset();
        const Choice choice = choose(records, {{Q::Latency, Q::Top1}, {{Q::Top1, 70.0}}, {}});
        QCOMPARE(choice.candidates[2].standings[0], Standing::Unknown);
        QVERIFY(!choice.candidates[2].keepsAll && !choice.candidates[2].onFront);
        QCOMPARE(choiceSentences(choice, records).back(),
                 std::string("No top-1 is known of convnext_tiny, which therefore cannot keep its budget."));
    }

    void whereNoAccuracyIsKnownTheFastestIsTheBest()
    {
        std::vector<Record> records = fiveNetworks();
        for (Record& r : records)
            r.top1.reset();
        const Choice choice = choose(records, {});
        QCOMPARE(choice.preferred, Q::Throughput);
        QCOMPARE(nameOf(choice, choice.best), std::string("mobilenet_v2"));
        QVERIFY(choice.front.empty());
    }

    void noRecordsHaveNoBest()
    {
        const Choice choice = choose({}, {});
        QVERIFY(!choice.best && !choice.runnerUp && choice.candidates.empty() && choice.front.empty());
        QVERIFY(choiceSentences(choice, {}).empty());
    }

    void aDifferenceHasTheIntervalThatBothAllow()
    {
        const std::vector<Record> records{record("a", 20.0, 2.0, 80.0), record("b", 25.0, 0.5, 81.5),
                                          record("c", 22.0, 1.0, 80.0)};
        const Choice choice = choose(records, {});
        const auto slower = difference(choice.candidates[0], choice.candidates[1], Q::Latency);
        QVERIFY(near(slower->ratio, 1.25) && near(slower->ratioLow, 24.5 / 22.0) &&
                near(slower->ratioHigh, 25.5 / 18.0));
        QVERIFY(slower->shown && !slower->better);
        const auto unclear = difference(choice.candidates[0], choice.candidates[2], Q::Latency);
        QVERIFY(!unclear->shown);
        const auto accuracy = difference(choice.candidates[0], choice.candidates[1], Q::Top1);
        QVERIFY(accuracy->shown && accuracy->better && near(accuracy->points, 1.5));
        QVERIFY(!difference(choice.candidates[0], choice.candidates[2], Q::Top1)->shown);
        QVERIFY(!difference(choice.candidates[0], choice.candidates[2], Q::ActivationBytes));
    }

    void theSentencesNameTheBestAndWhatTheRunnerUpCosts()
    {
        const auto records = fiveNetworks();
        const auto sentences =
            choiceSentences(choose(records, {{Q::Latency, Q::Top1}, {{Q::Latency, 70.0}}, {}}), records);
        QCOMPARE(sentences.size(), std::size_t(2));
        QCOMPARE(sentences[0], std::string("convnext_tiny has the highest top-1, 82.52 %, of 5 networks, all of which "
                                           "keep latency at most 70 ms."));
        QCOMPARE(sentences[1],
                 std::string("The runner-up is swin_t; choosing it would mean 1.05 points of top-1 less "
                             "and 1.5 times the latency (1.47 to 1.53), but 0.99 times the MACs, 0.99 times "
                             "the parameters and 0.99 times the file size."));
        const auto fast =
            choiceSentences(choose(records, {{Q::Throughput, Q::Params}, {{Q::Top1, 72.0}}, {}}), records);
        QCOMPARE(fast[1],
                 std::string("The runner-up is resnet50; choosing it would mean 0.32 times the throughput "
                             "(0.313 to 0.327) and 7.31 times the parameters, but 8.71 points of top-1 more."));
    }

    void whatNobodyAskedAboutIsNotDenied()
    {
        const std::vector<Record> records{record("a", 20.0, 0.1, 80.0, 10.0), record("b", 20.0, 0.1, 80.0, 20.0)};
        QCOMPARE(choiceSentences(choose(records, {}), records).at(1),
                 std::string("The runner-up is b; choosing it would mean 2 times the MACs, 2 times the parameters and "
                             "2 times the file size, and nothing better in return."));
        const std::vector<Record> unlike{record("a", 20.0, 0.1, 80.0), record("b", 10.0, 0.1, 79.0)};
        QCOMPARE(choiceSentences(choose(unlike, {{Q::Params, Q::Top1}, {}, {}}), unlike).at(1),
                 std::string("The runner-up is b; choosing it would mean 1.00 points of top-1 less, but 0.5 times the "
                             "latency (0.493 to 0.508)."));
    }

    void oneNetworkIsComparedWithNone()
    {
        const std::vector<Record> records{record("resnet50", 25.0, 0.2, 80.86)};
        const auto says = [&](const std::vector<Budget>& budgets, const std::string& sentence) {
            QCOMPARE(choiceSentences(choose(records, {{Q::Latency, Q::Top1}, budgets, {}}), records),
                     std::vector<std::string>{sentence});
        };
        says({}, "resnet50, the only network to choose from, has the top-1 80.86 %.");
        says({{Q::Latency, 30.0}}, "resnet50, the only network to choose from, keeps latency at most 30 ms.");
        says({{Q::Latency, 20.0}}, "resnet50, the only network to choose from, does not keep latency at most 20 ms.");
        says({{Q::Latency, 20.0}, {Q::Params, 30.0}, {Q::Top1, 85.0}},
             "resnet50, the only network to choose from, does not keep latency at most 20 ms, nor top-1 at least "
             "85 %.");
    }

    void twoThatKeepTheBudgetsAreBoth()
    {
        std::vector<Record> records = fiveNetworks();
        records.resize(2);
        QCOMPARE(choiceSentences(choose(records, {{Q::Latency, Q::Top1}, {{Q::Latency, 30.0}}, {}}), records).front(),
                 std::string("resnet50 has the highest top-1, 80.86 %, of 2 networks, both of which keep latency at "
                             "most 30 ms."));
    }

    void aHugeLimitIsSaidShortly()
    {
        QCOMPARE(budgetText({Q::Latency, 1e308}), std::string("latency at most 1e+308 ms"));
        QCOMPARE(budgetText({Q::Latency, 1e-7}), std::string("latency at most 1e-07 ms"));
        QCOMPARE(budgetText({Q::Throughput, 123456.0}), std::string("throughput at least 123456 images/s"));
    }

    void modelsAreCalledByAsMuchOfTheirPathsAsTellsThemApart()
    {
        QVERIFY(modelTitles(Names{"/home/a/model.pth", "resnet50", "/home/b/model.pth", "/x/own.pth"}) ==
                (Names{"a/model.pth", "resnet50", "b/model.pth", "own.pth"}));
        QVERIFY(modelTitles(Names{"/p/a/x/m.pth", "/p/b/x/m.pth", "/p/c/y/m.pth"}) ==
                (Names{"a/x/m.pth", "b/x/m.pth", "y/m.pth"}));
        QVERIFY(modelTitles(Names{"/p/m.pth", "/p/m.pth"}) == (Names{"m.pth", "m.pth"})); // one model
        QVERIFY(modelTitles(Names{"a/m.pth", "/a/m.pth", "m.pth"}) == (Names{"a/m.pth", "/a/m.pth", "m.pth"}));
        QVERIFY(modelTitles(Names{"", "/p/folder/"}) == (Names{"", "folder/"}));
        QVERIFY(modelTitles(Names()).empty());
    }

    void bestAndRunnerUpHaveUnlikeNames()
    {
        const Choice choice =
            choose({record("/home/a/model.pth", 10.0, 0.1, 70.0), record("/home/b/model.pth", 20.0, 0.1, 80.0),
                    record("/home/b/model.pth", 15.0, 0.1, 80.0, 10.0, "fused")},
                   {});
        QCOMPARE(nameOf(choice, choice.best), std::string("b/model.pth · fused"));
        QCOMPARE(nameOf(choice, choice.runnerUp), std::string("a/model.pth"));
    }

    void aTrifleIsNotTold()
    {
        const std::vector<Record> records{record("a", 20.0, 0.1, 80.0, 10.0), record("b", 20.0, 0.1, 79.0, 9.95)};
        const auto sentences = choiceSentences(choose(records, {{Q::Params, Q::Top1}, {}, {}}), records);
        QCOMPARE(sentences.at(1), std::string("The runner-up is b; choosing it would mean 1.00 points of top-1 less, "
                                              "and nothing better in return."));
    }

    void anIntervalOverTheLimitIsTold()
    {
        const std::vector<Record> records{record("a", 19.8, 0.5, 80.0), record("b", 20.2, 0.5, 81.0),
                                          record("c", 19.6, 0.5, 79.0)};
        const auto sentences =
            choiceSentences(choose(records, {{Q::Latency, Q::Top1}, {{Q::Latency, 20.0}}, {}}), records);
        const Names expected{
            "a has the highest top-1, 80.00 %, of the 2 of 3 networks that keep latency at most 20 ms.",
            "a keeps latency at most 20 ms by its median alone: its 95 % interval (19.3 to 20.3 ms) reaches over the "
            "limit.",
            "The runner-up is c; choosing it would mean 1.00 points of top-1 less, and nothing better in return.",
            "No difference in latency is shown between them: their 95 % intervals overlap.",
            "c keeps latency at most 20 ms by its median alone: its 95 % interval (19.1 to 20.1 ms) reaches over the "
            "limit.",
            "b would come first, and misses latency at most 20 ms (20.2 ± 0.5 ms) by less than its 95 % interval."};
        for (std::size_t i = 0; i < expected.size(); ++i)
            QCOMPARE(sentences.at(i), expected[i]);
        QCOMPARE(sentences.size(), expected.size());
    }

    void whereNoneKeepsTheBudgetsItIsSaidWhichRulesOutHowMany()
    {
        const auto records = fiveNetworks();
        Choice choice = choose(records, {{Q::Latency, Q::Top1}, {{Q::Latency, 10.0}, {Q::Top1, 80.0}}, {}});
        QVERIFY(!choice.best && !choice.runnerUp);
        QCOMPARE(
            choiceSentences(choice, records).front(),
            std::string("None of 5 networks keeps all budgets; alone, each is kept: latency at most 10 ms by 2 and "
                        "top-1 at least 80 % by 3."));
        choice = choose(records, {{Q::Latency, Q::Top1}, {{Q::Latency, 1.0}}, {}});
        QCOMPARE(choiceSentences(choice, records).front(),
                 std::string("None of 5 networks keeps latency at most 1 ms."));
    }

    void everyFigureSaysWhereItIsFrom()
    {
        Record r = record("resnet50", 25.0, 0.2, 80.86);
        QCOMPARE(provenanceOf(r, Q::Latency), Provenance::Measured);
        QCOMPARE(provenanceOf(r, Q::Throughput), Provenance::Measured);
        QCOMPARE(provenanceOf(r, Q::PeakMemory), Provenance::Measured);
        QCOMPARE(provenanceOf(r, Q::Params), Provenance::Computed);
        QCOMPARE(provenanceOf(r, Q::Macs), Provenance::Computed);
        QCOMPARE(provenanceOf(r, Q::Top1), Provenance::Published);
        QCOMPARE(provenanceOf(r, Q::FileSize), Provenance::Published);
        r.configuration.model = "models/own.safetensors";
        QCOMPARE(provenanceOf(r, Q::FileSize), Provenance::Computed);
        QCOMPARE(provenanceName(Provenance::Published), std::string_view("published"));
    }

    void aQuestionIsReadFromTheSettings()
    {
        ChooseSettings settings;
        settings.third = "file_size";
        settings.prefer = "throughput";
        settings.budgets = {{"latency", 20.0}, {"horsepower", 3.0}};
        const ChoiceQuestion question = questionOf(settings);
        QVERIFY(question.axes == (std::vector<Q>{Q::Latency, Q::Top1, Q::FileSize}));
        QCOMPARE(question.budgets.size(), std::size_t(1));
        QCOMPARE(question.budgets[0].limit, 20.0);
        QVERIFY(question.prefer == Q::Throughput);
        QVERIFY(!questionOf({}).prefer && questionOf({}).axes.size() == 2);
        settings = {};
        settings.x = settings.y = "horsepower";
        QVERIFY(questionOf(settings).axes == (std::vector<Q>{Q::Latency, Q::Top1}));
    }

    void listsReadAsPeopleWriteThem()
    {
        QCOMPARE(listText({}), std::string());
        QCOMPARE(listText({"a"}), std::string("a"));
        QCOMPARE(listText({"a", "b"}), std::string("a and b"));
        QCOMPARE(listText({"a", "b", "c"}), std::string("a, b and c"));
        QCOMPARE(listText({"a", "b", "c", "d"}, 3),
                 std::string("a, b, c and d")); // naming it is as short as "1 others"
        QCOMPARE(listText({"a", "b", "c", "d", "e"}, 3), std::string("a, b, c and 2 others"));
    }
};

QTEST_APPLESS_MAIN(TestChoice)
#include "tst_choice.moc"
