#include <QComboBox>
#include <QLabel>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include <mutex>

#include "tests/support/widgets.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/width_view.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

/// What the view asked to have scanned; the answer jumps behind every multiple of 16.
struct Machine {
    std::mutex mutex;
    std::string layer;
    WidthScanOptions options;
    bool fails = false;

    Measuring measuring()
    {
        Measuring measuring;
        measuring.scanWidths = [this](const ScannedLayer& asked, const WidthScanOptions& how, std::stop_token,
                                      const ProgressSink&) -> Result<WidthScan> {
            const std::lock_guard lock(mutex);
            layer = asked.name;
            options = how;
            if (fails)
                return fail(ErrorCode::EngineFailure, "It failed as it was told to.");
            WidthScan scan;
            scan.layer = asked;
            scan.options = how;
            for (std::int64_t c = how.first; c <= how.last; c += how.step) {
                const double time = static_cast<double>((c + 15) / 16);
                scan.points.push_back({{time, 0.99 * time, 1.01 * time, std::vector<double>(6, time)}, c, 1000 * c});
            }
            scan.cliffs = cliffsOf(scan.points);
            scan.rounds = 6;
            return scan;
        };
        return measuring;
    }
};

Record record(const std::string& model)
{
    Record r;
    r.id = model;
    r.configuration = {model, "eager", 1, 1, {3, 224, 224}, "cpu"};
    return r;
}

/// Document, view and queue, in the order in which they must go.
struct Fixture {
    Machine machine;
    Document document;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<WidthView> view;

    Fixture()
    {
        view = std::make_unique<WidthView>(&document, queue.get(), machine.measuring());
        view->resize(1000, 700);
        view->show();
    }
    ~Fixture() { queue.reset(); }

    QComboBox* combo(const char* name) const { return test::child<QComboBox>(*view, name); }
    QSpinBox* spin(const char* name) const { return test::child<QSpinBox>(*view, name); }
    QToolButton* start() const { return test::child<QToolButton>(*view, "widthStart"); }
    void choose(const char* name, const char* entry) const
    {
        QComboBox* box = combo(name);
        box->setCurrentIndex(box->findText(QString::fromLatin1(entry)));
        Q_EMIT box->activated(box->currentIndex());
    }
    void scan() const { QTest::mouseClick(start(), Qt::LeftButton); }
};

} // namespace

/// The Widths tab: what it asks to have timed, and how it shows what came.
class TestWidthView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theRangeGoesAroundTheLayersOwnWidth()
    {
        const Fixture f;
        f.choose("widthModel", "resnet18");
        f.choose("widthLayer", "layer2.0.conv1");
        QCOMPARE(f.spin("widthFirst")->value(), 112);
        QCOMPARE(f.spin("widthLast")->value(), 144);
        f.choose("widthAxis", "in");
        QCOMPARE(f.spin("widthFirst")->value(), 48);
    }

    void aDepthwiseConvolutionHasOneWidth()
    {
        const Fixture f;
        f.choose("widthModel", "mobilenet_v2");
        f.choose("widthLayer", "features.1.conv.0.0");
        QCOMPARE(f.combo("widthAxis")->currentText(), QString("both"));
        QVERIFY(!f.combo("widthAxis")->isEnabled());
    }

    void theSelectedRecordsNetworkIsTaken()
    {
        Fixture f;
        f.document.appendRecord(record("vgg11"));
        f.document.select({"vgg11"});
        QCOMPARE(f.combo("widthModel")->currentText(), QString("vgg11"));
    }

    void aScanAsksForWhatWasChosenAndShowsItsCliffs()
    {
        Fixture f;
        QVERIFY(f.view->isEmpty());
        f.choose("widthModel", "resnet18");
        f.choose("widthLayer", "layer2.0.conv1");
        f.choose("widthMode", "eager");
        f.spin("widthBatch")->setValue(4);
        f.scan();
        QTRY_VERIFY(!f.view->isEmpty());
        QCOMPARE(f.machine.layer, std::string("layer2.0.conv1"));
        QCOMPARE(f.machine.options.mode, Mode::Eager);
        QCOMPARE(f.machine.options.batch, std::int64_t{4});
        QCOMPARE(f.machine.options.last, std::int64_t{144});
        const QString answer = test::child<QLabel>(*f.view, "widthAnswer")->text();
        QVERIFY2(answer.contains("From 112 to 113"), qPrintable(answer));
        QTRY_VERIFY(f.start()->isEnabled());
    }

    void whileAScanRunsAnotherCannotBegin()
    {
        Fixture f;
        std::unique_lock lock(f.machine.mutex);
        f.scan();
        QVERIFY(!f.start()->isEnabled());
        lock.unlock();
        QTRY_VERIFY(f.start()->isEnabled());
    }

    void aFailedScanLeavesTheViewAsItWas()
    {
        Fixture f;
        f.machine.fails = true;
        f.scan();
        QTRY_VERIFY(f.start()->isEnabled());
        QVERIFY(f.view->isEmpty());
        QCOMPARE(f.queue->jobs().front().what, QString("It failed as it was told to."));
    }
};

QTEST_MAIN(TestWidthView)
#include "tst_width_view.moc"
