#include <QTest>

#include <algorithm>

#include "core/compression/random_input.h"
#include "core/quantization/layer_histograms.h"
#include "core/quantization/subject.h"

using namespace lathe;

/// What quantization does to a layer's values, counted.
class TestLayerHistograms : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsWeightsAndOutputsBeforeAndAfter()
    {
        const Result<Backend*> backend = loadBackend();
        QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
        const auto subject = loadCompressionSubject(**backend, {"lenet", {}, {}, 32, 0});
        QVERIFY2(subject, subject ? "" : subject.error().message.c_str());
        QuantizationOptions options;
        options.weights.bits = 3;
        options.weights.granularity = {Granularity::Kind::PerTensor, 0, 0};
        options.precisions["conv2"] = Precision::Float32;
        const auto outcome = quantize(**backend, *subject, options);
        QVERIFY2(outcome, outcome ? "" : outcome.error().message.c_str());
        const QuantizedModel model{outcome->model.graph, outcome->model.weights, *outcome->model.quantization,
                                   outcome->exact};
        const auto layers = layerHistograms(**backend, outcome->exact, model, randomInput(model.graph, 2, 1));
        QVERIFY2(layers, layers ? "" : layers.error().message.c_str());
        QCOMPARE(layers->size(), std::size_t{5});

        const LayerHistograms& first = layers->front();
        QCOMPARE(model.graph.node(first.node).name, std::string("conv1"));
        QCOMPARE(first.weight.before.total(), std::int64_t{54});
        QCOMPARE(first.weight.after.total(), std::int64_t{54});
        QCOMPARE(first.weight.after.low, first.weight.before.low);
        const auto used = [](const Histogram& histogram) {
            return std::count_if(histogram.counts.begin(), histogram.counts.end(), [](auto n) { return n > 0; });
        };
        QVERIFY(used(first.weight.before) > 7);
        QVERIFY(used(first.weight.after) <= 7); // -3 to 3
        QVERIFY(first.output);
        QCOMPARE(first.output->before.total(), first.output->after.total());
        QVERIFY(first.output->before.counts != first.output->after.counts);

        const LayerHistograms& exact = (*layers)[1];
        QCOMPARE(exact.weight.before.counts, exact.weight.after.counts);
    }
};

QTEST_APPLESS_MAIN(TestLayerHistograms)
#include "tst_layer_histograms.moc"
