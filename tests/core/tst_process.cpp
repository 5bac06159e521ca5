#include <QTest>

#include <csignal>
#include <stop_token>
#include <thread>

#include "core/base/process.h"

using namespace lathe;

class ProcessTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void capturesOutputAndErrorsApart();
    void passesArgumentsUnchanged();
    void readsMoreThanAPipeHolds();
    void givesAnEmptyStandardInput();
    void reportsTheExitCode();
    void reportsTheSignalThatEndedIt();
    void anUnknownProgramIsAnErrorThatNamesIt();
    void anEmptyCommandIsAnError();
    void aStopKillsTheChild();
    void aStopDoesNotWaitForGrandchildrenThatHoldThePipe();
    void aStopBeforehandIsCancelled();
};

void ProcessTest::capturesOutputAndErrorsApart()
{
    const auto result = runProcess({"sh", "-c", "echo out; echo err >&2"});
    QVERIFY(result);
    QCOMPARE(result->output, std::string("out\n"));
    QCOMPARE(result->errors, std::string("err\n"));
    QCOMPARE(result->exitCode, 0);
}

void ProcessTest::passesArgumentsUnchanged()
{
    const auto result = runProcess({"printf", "%s|", "a b", "$HOME", "\"'"});
    QVERIFY(result);
    QCOMPARE(result->output, std::string("a b|$HOME|\"'|"));
}

void ProcessTest::readsMoreThanAPipeHolds()
{
    const auto result = runProcess({"sh", "-c", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2"});
    QVERIFY(result);
    QCOMPARE(result->output.size(), std::size_t{1000000});
    QCOMPARE(result->errors.size(), std::size_t{1000000});
}

void ProcessTest::givesAnEmptyStandardInput()
{
    const auto result = runProcess({"cat"});
    QVERIFY(result);
    QVERIFY(result->output.empty());
}

void ProcessTest::reportsTheExitCode()
{
    const auto result = runProcess({"sh", "-c", "exit 3"});
    QVERIFY(result);
    QCOMPARE(result->exitCode, 3);
    QCOMPARE(result->signal, 0);
}

void ProcessTest::reportsTheSignalThatEndedIt()
{
    const auto result = runProcess({"sh", "-c", "kill -KILL $$"});
    QVERIFY(result);
    QCOMPARE(result->signal, SIGKILL);
    QCOMPARE(result->exitCode, -1);
}

void ProcessTest::anUnknownProgramIsAnErrorThatNamesIt()
{
    const auto result = runProcess({"no-such-program-of-lathe"});
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::NotFound);
    QVERIFY(result.error().message.find("no-such-program-of-lathe") != std::string::npos);
}

void ProcessTest::anEmptyCommandIsAnError()
{
    QCOMPARE(runProcess({}).error().code, ErrorCode::InvalidArgument);
}

void ProcessTest::aStopKillsTheChild()
{
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stop.request_stop();
    });
    const auto result = runProcess({"sleep", "200"}, stop.get_token());
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::Cancelled);
}

void ProcessTest::aStopDoesNotWaitForGrandchildrenThatHoldThePipe()
{
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        stop.request_stop();
    });
    const auto result = runProcess({"sh", "-c", "sleep 3 & sleep 200"}, stop.get_token());
    QVERIFY(!result);
    QCOMPARE(result.error().code, ErrorCode::Cancelled);
}

void ProcessTest::aStopBeforehandIsCancelled()
{
    std::stop_source stop;
    stop.request_stop();
    QCOMPARE(runProcess({"sleep", "200"}, stop.get_token()).error().code, ErrorCode::Cancelled);
}

QTEST_APPLESS_MAIN(ProcessTest)
#include "tst_process.moc"
