#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/reading.h"
#include "core/analysis/derivations.h"
#include "core/analysis/quantity.h"
#include "core/base/files.h"
#include "core/session/session.h"
#include "ui/plots/folder_plot.h"
#include "ui/plots/plot_export.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string session;
    std::string out;
    PlotSettings plot; ///< what the user gave; the rest comes from the session
    std::optional<bool> arrows;
    std::string scale;
    std::string theme = "light";
    double width = 900.0;
    double height = 600.0;
    int dpi = 96;
    bool outline = false;
    bool json = false;
    ui::FolderPlot folder; ///< of what a recipe or an experiment left
};

std::string quantities()
{
    std::string names;
    for (const Quantity quantity : allQuantities())
        names += (names.empty() ? "" : ", ") + std::string(quantityName(quantity));
    return names;
}

Result<void> checkQuantity(const std::string& name)
{
    if (quantityFromName(name))
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no quantity \"{}\" to plot; there are {}.", name, quantities()));
}

void override(std::string& setting, const std::string& given)
{
    if (!given.empty())
        setting = given;
}

/// The session's own settings with what the command line says on top.
Result<PlotSettings> settingsFor(const PlotSettings& stored, const Options& options)
{
    PlotSettings settings = stored;
    // The user's own title belongs to the quantity it was written for.
    if (!options.plot.x.empty() && options.plot.x != stored.x)
        settings.xTitle.clear();
    if (!options.plot.y.empty() && options.plot.y != stored.y)
        settings.yTitle.clear();
    override(settings.x, options.plot.x);
    override(settings.y, options.plot.y);
    override(settings.colour, options.plot.colour);
    override(settings.size, options.plot.size);
    override(settings.overlay, options.plot.overlay);
    override(settings.overlayAccuracy, options.plot.overlayAccuracy);
    override(settings.title, options.plot.title);
    override(settings.xTitle, options.plot.xTitle);
    override(settings.yTitle, options.plot.yTitle);
    settings.trend = settings.trend || options.plot.trend;
    settings.arrows = options.arrows.value_or(settings.arrows);
    if (!options.scale.empty()) {
        settings.xLog = options.scale == "log" || options.scale == "logx";
        settings.yLog = options.scale == "log" || options.scale == "logy";
    }
    if (options.plot.overlay.empty() && !isThere(settings.overlay)) {
        if (!settings.overlay.empty())
            fmt::print(stderr, "lathe: The session's overlay {} is not there; drawn without it.\n", settings.overlay);
        settings.overlay.clear();
    }
    return checkQuantity(settings.x)
        .and_then([&] { return checkQuantity(settings.y); })
        .and_then([&] { return settings.size.empty() ? Result<void>() : checkQuantity(settings.size); })
        .map([&] { return settings; });
}

/// Whether it has both figures.
bool isDrawn(const Record& record, const PlotSettings& settings)
{
    const auto x = quantityFromName(settings.x);
    const auto y = quantityFromName(settings.y);
    return x && y && measure(record, *x) && measure(record, *y);
}

/// From networks to what was made from them, where both are drawn.
std::ptrdiff_t arrowCount(const std::vector<Record>& records, const PlotSettings& settings)
{
    const std::vector<Derivation> all = settings.arrows ? derivations(records) : std::vector<Derivation>();
    return std::count_if(all.begin(), all.end(), [&](const Derivation& pair) {
        return isDrawn(records[pair.origin], settings) && isDrawn(records[pair.derived], settings);
    });
}

ui::ExportOptions exportOptions(const Options& options)
{
    ui::ExportOptions how;
    how.width = options.width;
    how.height = options.height;
    how.dpi = options.dpi;
    how.dark = options.theme == "dark";
    how.outlineText = options.outline;
    return how;
}

Result<void> plotFolder(const Options& options)
{
    ui::FolderPlot wish = options.folder;
    wish.title = options.plot.title;
    return ui::exportFolderPlot(options.session, wish, options.out, exportOptions(options)).map([&] {
        if (options.json)
            fmt::print("{}\n", nlohmann::ordered_json{{"out", options.out}}.dump(2));
        else
            fmt::print("{}\n", options.out);
    });
}

Result<void> plot(const Options& options)
{
    if (isFolder(options.session))
        return plotFolder(options);
    if (!options.folder.what.empty() || !options.folder.variant.empty())
        return fail(ErrorCode::InvalidArgument,
                    "--what and --variant are for the folder of a recipe or an experiment; leave them out.");
    const Result<Session> session = openForReading(options.session);
    if (!session)
        return tl::unexpected(session.error());
    const Result<PlotSettings> settings = settingsFor(session->plot, options);
    if (!settings)
        return tl::unexpected(settings.error());
    const Result<void> done = ui::exportScatter(*session, *settings, options.out, exportOptions(options));
    if (!done)
        return done;
    const auto& records = session->records;
    const auto points =
        std::count_if(records.begin(), records.end(), [&](const Record& record) { return isDrawn(record, *settings); });
    if (options.json)
        fmt::print(
            "{}\n",
            nlohmann::ordered_json{{"out", options.out}, {"points", points}, {"arrows", arrowCount(records, *settings)}}
                .dump(2));
    else
        fmt::print("{}: {} of {} records, {} over {}\n", options.out, points, records.size(), settings->y, settings->x);
    return {};
}

} // namespace

void addPlot(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand(
        "plot", "Draw a session's scatter, or what a recipe or an experiment came to, into an SVG, PDF or PNG file");
    const auto options = std::make_shared<Options>();
    PlotSettings& given = options->plot;
    for (std::string* setting : {&given.x, &given.y, &given.colour})
        setting->clear();
    command->add_option("session", options->session, "A .lathe file, or the folder of lathe recipe or lathe distill")
        ->required();
    command->add_option("--out", options->out, "The file to write; its ending says the format")->required();
    command->add_option("--x", given.x, "Quantity of the x axis: " + quantities());
    command->add_option("--y", given.y, "Quantity of the y axis");
    command->add_option("--scale", options->scale, "Axes that are logarithmic")
        ->check(CLI::IsMember({"log", "logx", "logy", "linear"}));
    command->add_option("--colour,--color", given.colour, "What colours tell")
        ->check(CLI::IsMember({"type", "family", "mode", "scheme", "machine"}));
    command->add_option("--size", given.size, "Quantity of the markers' area");
    command->add_option("--overlay", given.overlay, "A timm benchmark table to draw behind");
    command->add_option("--overlay-accuracy", given.overlayAccuracy, "timm's accuracy table, joined to it");
    command->add_option("--title", given.title, "Title of the plot");
    command->add_option("--x-title", given.xTitle, "Title of the x axis");
    command->add_option("--y-title", given.yTitle, "Title of the y axis");
    command->add_flag("--trend", given.trend, "Power-law trend of each type");
    command->add_flag_function(
        "--arrows,!--no-arrows", [options](std::int64_t count) { options->arrows = count > 0; },
        "An arrow from each network to its compressed self; without either as the session has it");
    command->add_option("--theme", options->theme, "light or dark")->check(CLI::IsMember({"light", "dark"}));
    command->add_option("--width", options->width, "Pixels (900)")->check(between(50.0, 20000.0));
    command->add_option("--height", options->height, "Pixels (600)")->check(between(50.0, 20000.0));
    command->add_option("--dpi", options->dpi, "Of a PNG: size of its letters (96)")->check(between(30, 1200));
    command->add_flag("--outline-text", options->outline, "Letters as paths, for programs without the font");
    command->add_option("--what", options->folder.what,
                        "Of a recipe's folder: waterfall or front; of an experiment's: accuracy or loss");
    command->add_option("--variant", options->folder.variant, "That a recipe's waterfall leads to, such as \"50 %\"");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return plot(*options); }; });
}

} // namespace lathe::cli
