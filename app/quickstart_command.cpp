#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "app/command.h"
#include "app/measuring.h"
#include "app/output.h"
#include "core/base/files.h"
#include "core/benchmark/presets.h"
#include "ui/plots/plot_export.h"

namespace lathe::cli {

namespace {

Result<void> writeAll(const Session& session, const std::filesystem::path& folder)
{
    const ui::ExportOptions how;
    ui::ExportOptions sharp = how;
    sharp.width *= 2;
    sharp.height *= 2;
    sharp.dpi *= 2;
    return ui::exportScatter(session, session.plot, folder / "scatter.svg", how)
        .and_then([&] { return ui::exportScatter(session, session.plot, folder / "scatter.png", sharp); })
        .and_then([&] { return writeFileAtomically(folder / "results.csv", recordsToCsv(session.records)); })
        .and_then([&] { return saveSession(session, folder / "quickstart.lathe"); });
}

Result<void> quickstart(bool json)
{
    Session session;
    session.setup = presets().front().setup;
    const Result<Measured> measured = measureSetup(session.setup);
    if (!measured)
        return tl::unexpected(measured.error());
    session.records = measured->records;
    if (session.records.empty())
        return measured->complete();
    if (json)
        fmt::print("{}\n", recordsToJson(session.records, session.records.front().environment));
    else
        printRecords(session.records);
    if (const Result<void> written = writeAll(session, "."); !written)
        return written;
    if (!json)
        fmt::print("\nWritten here: scatter.svg, scatter.png, results.csv, quickstart.lathe\n");
    return measured->complete();
}

} // namespace

void addQuickstart(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand(
        "quickstart", "Measure the quick-start networks and write scatter, table and session to the current folder");
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "The records as one JSON document on standard output");
    command->callback([&action, json] { action = [json] { return quickstart(*json); }; });
}

} // namespace lathe::cli
