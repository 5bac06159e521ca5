#include <QTest>

#include <cmath>
#include <limits>
#include <vector>

#include "core/base/float_formats.h"

using namespace lathe;

class TestFloatFormats : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bfloat16IsTheNearestAndHalvesAreEven();
    void bfloat16ComesBackAsItWas();
};

namespace {

std::vector<std::uint16_t> rounded(const std::vector<float>& values)
{
    const WritableTensor made = makeTensor(DType::Float32, {static_cast<std::int64_t>(values.size())});
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    const HostTensor half = toBFloat16(made.tensor);
    const auto* bits = reinterpret_cast<const std::uint16_t*>(half.data.get());
    return {bits, bits + values.size()};
}

} // namespace

void TestFloatFormats::bfloat16IsTheNearestAndHalvesAreEven()
{
    // Neighbours of 1 are 2^-7 apart.
    QCOMPARE(rounded({1.0F, 1.00390625F, 1.01171875F, 1.005F, -2.0F, 0.0F}),
             (std::vector<std::uint16_t>{0x3F80, 0x3F80, 0x3F82, 0x3F81, 0xC000, 0x0000}));
    QCOMPARE(rounded({std::numeric_limits<float>::infinity(), std::numeric_limits<float>::max()}),
             (std::vector<std::uint16_t>{0x7F80, 0x7F80}));
    QVERIFY(std::isnan(fromBFloat16(rounded({std::numeric_limits<float>::quiet_NaN()}).front())));
}

void TestFloatFormats::bfloat16ComesBackAsItWas()
{
    for (const float value : {0.5F, -3.0F, 1.0078125F, 1e-30F})
        QCOMPARE(rounded({fromBFloat16(rounded({value}).front())}), rounded({value}));
}

QTEST_APPLESS_MAIN(TestFloatFormats)
#include "tst_float_formats.moc"
