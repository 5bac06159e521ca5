#include <cstdlib>
#include <exception>
#include <filesystem>

#include <QApplication>

#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "core/base/files.h"
#include "core/base/version.h"
#include "ui/run_window.h"

namespace lathe::cli {

Result<Shape> parseInput(const std::string& text)
{
    if (text.empty())
        return Shape{};
    const auto shape = shapeFromString(text);
    if (!shape)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no input size; write channels, height and width like 3x224x224, or "
                                "a number of tokens like 128.",
                                text));
    return *shape;
}

Result<LoadedModel> loadArgument(const std::string& model, const std::string& input, std::int64_t classes)
{
    return parseInput(input).and_then([&](const Shape& shape) {
        return classes == 0 ? loadModel(model, shape) : buildModel(model, {shape, classes});
    });
}

void addClassesOption(CLI::App& app, std::int64_t& classes)
{
    app.add_option("--classes", classes, "Number of classes of an architecture; its own by default")
        ->check(between(1, 1000000));
}

} // namespace lathe::cli

namespace {

constexpr int kFailure = 1;
constexpr int kBadUsage = 2;

int report(const lathe::Error& error)
{
    fmt::print(stderr, "lathe: {}\n", lathe::cli::forTerminal(error.message));
    const bool usage = error.code == lathe::ErrorCode::InvalidArgument || error.code == lathe::ErrorCode::NotFound;
    return usage ? kBadUsage : kFailure;
}

int runAction(const lathe::cli::Action& action)
{
    try {
        const lathe::Result<void> done = action();
        return done ? EXIT_SUCCESS : report(done.error());
    } catch (const std::exception& error) {
        return report({lathe::ErrorCode::EngineFailure, error.what()});
    }
}

void addCommands(CLI::App& app, lathe::cli::Action& action)
{
    using namespace lathe::cli;
    addList(app, action);
    addDescribe(app, action);
    addInfer(app, action);
    addExport(app, action);
    addTrain(app, action);
    addDistill(app, action);
    addRecipe(app, action);
    addClaims(app, action);
    addEval(app, action);
    addBench(app, action);
    addCompare(app, action);
    addChoose(app, action);
    addTrend(app, action);
    addRoofline(app, action);
    addWhy(app, action);
    addWidths(app, action);
    addBreakEven(app, action);
    addQuantize(app, action);
    addPrune(app, action);
    addSizes(app, action);
    addPlot(app, action);
    addQuickstart(app, action);
    addRehearse(app, action);
}

/// One line on standard error for bad usage; help and version on standard output.
int reportUsage(const CLI::App& app, const CLI::ParseError& error)
{
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
        return app.exit(error);
    fmt::print(stderr, "lathe: {} (lathe --help shows what there is)\n", lathe::cli::forTerminal(error.what()));
    return kBadUsage;
}

bool drawsPlots(const CLI::App& app)
{
    return app.got_subcommand("plot") || app.got_subcommand("quickstart");
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Lathe: measure neural networks here, see what their size buys, make them cheaper to run.", "lathe");
    app.set_version_flag("--version", std::string("lathe ") + std::string(lathe::versionWithRevision()));
    app.require_subcommand(0, 1);
    lathe::cli::Action action;
    addCommands(app, action);
    std::string session;
    app.add_option("session", session, "A session to open in the window");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return reportUsage(app, error);
    }
    if (action && !drawsPlots(app))
        return runAction(action);
    if (!session.empty() && !lathe::isThere(session))
        return report({lathe::ErrorCode::NotFound,
                       fmt::format("There is neither a command nor a session \"{}\"; lathe --help shows what there is.",
                                   session)});
    if (action)
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    return action ? runAction(action) : lathe::ui::runWindow(application, QString::fromStdString(session));
}
