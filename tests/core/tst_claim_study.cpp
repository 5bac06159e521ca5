#include <QTest>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/analysis/language_models.h"
#include "core/distillation/claim_study.h"

using namespace lathe;

namespace {

/// As if it had been measured.
ClaimStudy studied(double ratio)
{
    ClaimStudy study;
    study.claim = claims().front();
    study.largerParameters = 110'000'000;
    study.smallerParameters = 66'000'000;
    study.mode = "fused";
    study.threads = 2;
    study.speeds = {{128, 1, 10.0 * ratio, 10.0, ratio, ratio - 0.05, ratio + 0.05}};
    study.parts = {{"embeddings", 0, 0, 1.0, 1.0}, {"layer 0", 0, 0, 5.0, 4.0}, {"layer 1", 0, 0, 5.0, 0.0}};
    study.partTokens = 128;
    study.partBatch = 1;
    return study;
}

} // namespace

class TestClaimStudy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void measuresBothNetworks()
    {
        const auto backend = loadBackend();
        QVERIFY(backend);
        ClaimWish wish;
        wish.lengths = {8, 16};
        wish.batches = {1};
        wish.secondsEach = 0.3;
        const auto study = studyClaim(**backend, claims().front(), wish, {}, {});
        QVERIFY2(study.has_value(), study ? "" : study.error().message.c_str());
        // Published: 66 and 110 million, the latter with a pooler that only fine-tuning uses.
        QCOMPARE(study->smallerParameters, 66'362'880);
        QCOMPARE(study->largerParameters, 108'891'648);
        QCOMPARE(study->speeds.size(), std::size_t{2});
        for (const ClaimSpeed& speed : study->speeds) {
            QVERIFY(speed.largerMs > 0.0 && speed.smallerMs > 0.0);
            QVERIFY(speed.low <= speed.ratio && speed.ratio <= speed.high);
        }
        QCOMPARE(study->parts.front().name, std::string("embeddings"));
        std::int64_t larger = 0, smaller = 0;
        int layers = 0;
        for (const ClaimPart& part : study->parts) {
            larger += part.largerParameters;
            smaller += part.smallerParameters;
            if (part.name.starts_with("layer ")) {
                ++layers;
                QCOMPARE(part.largerParameters, 7'087'872); // of a layer of BERT base
                QCOMPARE(part.smallerParameters, layers <= 6 ? 7'087'872 : 0);
                QVERIFY((part.smallerMs > 0.0) == (layers <= 6));
            }
        }
        QCOMPARE(layers, 12);
        QCOMPARE(larger, study->largerParameters);
        QCOMPARE(smaller, study->smallerParameters);
        QCOMPARE(study->records.size(), std::size_t{2});
        const auto json = nlohmann::json::parse(claimJson(*study));
        QVERIFY(json.at("keeps").is_null());
        QCOMPARE(json.at("speeds").size(), std::size_t{2});
    }

    void saysHowItAgrees()
    {
        const auto says = [](double ratio, const char* what) {
            const std::vector<std::string> sentences = claimSentences(studied(ratio));
            return sentences[1].find(what) != std::string::npos;
        };
        QVERIFY(says(1.9, "more than published"));
        QVERIFY(says(1.6, "which holds what was published"));
        QVERIFY(says(1.3, "less than published"));
        const std::vector<std::string> sentences = claimSentences(studied(1.6));
        QCOMPARE(sentences[0], std::string("Published: 40 % fewer parameters. Here: 40.0 % (66 against 110 million)."));
        QCOMPARE(sentences[2], std::string("DistilBERT has 1 of BERT's 2 layers; what is no layer takes 20 % of its "
                                           "time (128 tokens, batch 1), and does not get shorter with fewer layers."));
        QVERIFY(sentences[3].find("cannot be measured here") != std::string::npos);
    }

    void whatCannotBeIsRefused()
    {
        const auto backend = loadBackend();
        ClaimWish wish;
        wish.lengths = {};
        QVERIFY(!studyClaim(**backend, claims().front(), wish, {}, {}));
        wish.lengths = {4096}; // more than there are position embeddings
        wish.secondsEach = 0.1;
        const auto study = studyClaim(**backend, claims().front(), wish, {}, {});
        QVERIFY(!study && study.error().message.ends_with("."));
    }

    void languageModelsAreInTheirOrder()
    {
        const std::vector<LanguageModel>& all = languageModels();
        QCOMPARE(all.size(), std::size_t{12});
        QVERIFY(std::is_sorted(all.begin(), all.end(),
                               [](const auto& a, const auto& b) { return monthOf(a) < monthOf(b); }));
        QCOMPARE(all.front().name, std::string("ELMo"));
        QCOMPARE(monthOf(all.front()), 2);
        QCOMPARE(all.back().millions, 8300.0);
        QCOMPARE(monthOf(all.back()), 20);
    }
};

QTEST_GUILESS_MAIN(TestClaimStudy)
#include "tst_claim_study.moc"
