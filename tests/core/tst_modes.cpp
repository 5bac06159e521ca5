#include <QTest>

#include "core/engine/backend.h"

using namespace lathe;

using Names = std::vector<std::string>;

/// Modes by their names, and those that have a twin with memory kept.
class TestModes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aNameComesBackAsItsMode();
    void anUnknownNameIsAnsweredWithTheKnownOnes();
    void eagerModesHaveATwinThatKeepsMemory();
    void twinsFollowTheirModesOnce();
    void withoutTwinsATwinAloneGivesItsMode();
    void theLoweredNetworkRunsInAllOthers();
    void quantizedNetworksHaveModesOfTheirOwn();
    void threeModesMultiplySparseWeights();
};

void TestModes::aNameComesBackAsItsMode()
{
    QCOMPARE(allModes().size(), std::size_t{13});
    for (const Mode mode : allModes())
        QVERIFY(modeFromName(name(mode)).value() == mode);
    QCOMPARE(std::string(name(Mode::BFloat16)), std::string("bf16"));
}

void TestModes::anUnknownNameIsAnsweredWithTheKnownOnes()
{
    QCOMPARE(
        modeFromName("warp").error().message,
        std::string("There is no mode \"warp\"; the modes are eager, channels_last, fused, bf16, int8, int8_dynamic, "
                    "int8_weight_only, simulated, sparse, csr, bsr, eager_kept, channels_last_kept."));
}

void TestModes::eagerModesHaveATwinThatKeepsMemory()
{
    QVERIFY(keptTwin(Mode::Eager) == Mode::EagerKept);
    QVERIFY(keptTwin(Mode::ChannelsLast) == Mode::ChannelsLastKept);
    for (const Mode mode : {Mode::Fused, Mode::BFloat16, Mode::EagerKept, Mode::ChannelsLastKept})
        QVERIFY(!keptTwin(mode));
}

void TestModes::twinsFollowTheirModesOnce()
{
    QCOMPARE(withKeptTwins({"eager", "fused"}), (Names{"eager", "eager_kept", "fused"}));
    QCOMPARE(withKeptTwins({"eager_kept", "channels_last"}),
             (Names{"eager", "eager_kept", "channels_last", "channels_last_kept"}));
    QCOMPARE(withKeptTwins({"warp"}), Names{"warp"}); // said to be unknown where it is used
}

void TestModes::withoutTwinsATwinAloneGivesItsMode()
{
    QCOMPARE(withoutKeptTwins({"eager", "eager_kept", "channels_last_kept", "bf16"}),
             (Names{"eager", "channels_last", "bf16"}));
}

void TestModes::theLoweredNetworkRunsInAllOthers()
{
    for (const Mode mode : {Mode::Fused, Mode::BFloat16, Mode::Int8, Mode::Int8Dynamic, Mode::Int8WeightOnly,
                            Mode::Sparse, Mode::Csr, Mode::Bsr})
        QVERIFY(runsLowered(mode));
    for (const Mode mode : {Mode::Eager, Mode::ChannelsLast, Mode::Simulated, Mode::EagerKept, Mode::ChannelsLastKept})
        QVERIFY(!runsLowered(mode));
}

void TestModes::threeModesMultiplySparseWeights()
{
    for (const Mode mode : allModes())
        QCOMPARE(multipliesSparse(mode), mode == Mode::Sparse || mode == Mode::Csr || mode == Mode::Bsr);
}

void TestModes::quantizedNetworksHaveModesOfTheirOwn()
{
    for (const Mode mode : {Mode::Int8, Mode::Int8Dynamic, Mode::Int8WeightOnly, Mode::Simulated})
        QVERIFY(needsQuantization(mode));
    for (const Mode mode : {Mode::Eager, Mode::ChannelsLast, Mode::Fused, Mode::BFloat16, Mode::EagerKept})
        QVERIFY(!needsQuantization(mode));
}

QTEST_APPLESS_MAIN(TestModes)
#include "tst_modes.moc"
