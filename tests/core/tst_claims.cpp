#include <QTest>

#include "core/analysis/claims.h"

using namespace lathe;

namespace {

Record record(const std::string& id, const std::string& model, std::int64_t params, double median, double half)
{
    Record r;
    r.id = id;
    r.configuration = {.model = model, .input = {128}};
    r.params = params;
    r.latency.median = median;
    r.latency.ciLow = median - half;
    r.latency.ciHigh = median + half;
    return r;
}

Record bert(double median = 100.0, double half = 2.0)
{
    return record("b", "bert_base_uncased", 108'891'648, median, half);
}

Record distilBert(double median = 50.0, double half = 1.0)
{
    return record("d", "distilbert_base_uncased", 66'362'880, median, half);
}

QString only(const std::vector<std::string>& sentences)
{
    return sentences.size() == 1 ? QString::fromStdString(sentences.front()) : QString();
}

} // namespace

class TestClaims : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void parametersAndSpeedStandBesideWhatWasPublished()
    {
        const QString text = only(checkedClaims({bert(), distilBert()}));
        QVERIFY2(
            text.contains("DistilBERT has 39.1 % fewer parameters than BERT (66.4M against 109M; published: 40 %)"),
            qPrintable(text));
        QVERIFY2(
            text.contains("is 100 % faster here, more than was published: 2 times the speed, 1.92 to 2.08, run one "
                          "after the other (published: 60 % faster)"),
            qPrintable(text));
    }

    void anIntervalThatReachesOverTheClaimAgreesWithIt()
    {
        QVERIFY(only(checkedClaims({bert(100.0, 2.0), distilBert(62.0, 2.0)})).contains("which agrees with"));
        QVERIFY(only(checkedClaims({bert(100.0, 2.0), distilBert(80.0, 2.0)})).contains("less than was published"));
        QVERIFY(only(checkedClaims({bert(100.0, 2.0), distilBert(125.0, 2.0)})).contains("is 20 % slower here"));
    }

    void anInterleavedComparisonGoesFirst()
    {
        ComparisonRecord comparison;
        comparison.firstId = "b";
        comparison.secondId = "d";
        comparison.ratio = 0.5;
        comparison.ratioLow = 0.4;
        comparison.ratioHigh = 0.625;
        const QString text = only(checkedClaims({bert(), distilBert(90.0)}, {comparison}));
        QVERIFY2(text.contains("2 times the speed, 1.6 to 2.5, run in turns"), qPrintable(text));
    }

    void onlyRecordsThatWereMeasuredAlikeAreHeldAgainstEachOther()
    {
        Record other = distilBert();
        other.configuration.batch = 8;
        QVERIFY(checkedClaims({bert(), other}).empty());
        other = distilBert();
        other.environment.cpu = "Another";
        QVERIFY(checkedClaims({bert(), other}).empty());
        QVERIFY(checkedClaims({bert()}).empty());
        QVERIFY(checkedClaims({}).empty());
    }

    void theNewestRecordsCount()
    {
        const QString text = only(checkedClaims({bert(100.0), distilBert(50.0), distilBert(25.0, 0.1)}));
        QVERIFY2(text.contains("is 300 % faster here"), qPrintable(text));
    }
};

QTEST_APPLESS_MAIN(TestClaims)
#include "tst_claims.moc"
