// How long a frame of the scatter takes with a whole timm table behind it: panning and hovering, on screen or
// offscreen.
//     overlay_frames TABLE.csv [--width 1200] [--height 800]
// Prints median, 95th percentile and worst time of a frame in milliseconds; 16 ms keep 60 frames a second.

#include <algorithm>
#include <chrono>
#include <functional>

#include <QApplication>
#include <QMouseEvent>
#include <QTest>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/base/statistics.h"
#include "tests/support/sample_record.h"
#include "ui/plots/scatter_view.h"
#include "ui/session/document.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kFrames = 200;

void moveMouse(QWidget* surface, const QPoint& at, Qt::MouseButtons buttons)
{
    QMouseEvent move(QEvent::MouseMove, at, surface->mapToGlobal(at), Qt::NoButton, buttons, Qt::NoModifier);
    QApplication::sendEvent(surface, &move);
    QApplication::processEvents();
}

/// Milliseconds of each step, with all the painting it causes.
std::vector<double> timeFrames(const std::function<void(int)>& step)
{
    std::vector<double> milliseconds;
    for (int i = 0; i < kFrames; ++i) {
        const Clock::time_point before = Clock::now();
        step(i);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
    }
    return milliseconds;
}

void print(const char* what, const std::vector<double>& milliseconds)
{
    fmt::print("{:<6} median {:.2f} ms, p95 {:.2f} ms, worst {:.2f} ms\n", what, lathe::stats::median(milliseconds),
               lathe::stats::percentile(milliseconds, 95), *std::max_element(milliseconds.begin(), milliseconds.end()));
}

void run(QWidget* surface)
{
    const QPoint middle = surface->rect().center();
    const auto around = [&](int i) { return middle + QPoint(i % 41 - 20, i % 29 - 14); };
    QTest::mousePress(surface, Qt::MiddleButton, {}, middle);
    print("pan", timeFrames([&](int i) { moveMouse(surface, around(i), Qt::MiddleButton); }));
    QTest::mouseRelease(surface, Qt::MiddleButton, {}, middle);
    print("hover", timeFrames([&](int i) { moveMouse(surface, around(i * 7), Qt::NoButton); }));
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App options("Frame times of the scatter over a timm table");
    std::string table;
    int width = 1200;
    int height = 800;
    options.add_option("table", table, "A benchmark-infer-*.csv of timm")->required()->check(CLI::ExistingFile);
    options.add_option("--width", width, "Of the view, pixels");
    options.add_option("--height", height, "Of the view, pixels");
    CLI11_PARSE(options, argc, argv);

    QApplication application(argc, argv);
    lathe::ui::Document document;
    document.appendRecord(lathe::test::sampleRecord());
    lathe::ui::ScatterView view(&document);
    view.resize(width, height);
    view.show();
    view.openOverlay(QString::fromStdString(table));
    QTest::qWait(200);
    run(view.findChild<QWidget*>("plotSurface"));
}
