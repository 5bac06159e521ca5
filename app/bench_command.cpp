#include <algorithm>
#include <csignal>
#include <optional>

#include <sys/prctl.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/measuring.h"
#include "app/output.h"
#include "core/analysis/claims.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/presets.h"
#include "core/benchmark/sweep.h"

namespace lathe::cli {

namespace {

struct Options {
    Setup setup;
    std::vector<std::string> inputs;
    std::string preset;
    std::string save;
    bool keepMemory = false;
    bool json = false;
    bool endWithParent = false;
};

/// The preset's networks, input and, unless the command line says otherwise, the rest.
Result<void> applyPreset(Options& options, const CLI::App& command)
{
    if (options.preset.empty())
        return {};
    const Result<Preset> preset = findPreset(options.preset);
    if (!preset)
        return tl::unexpected(preset.error());
    const Setup& from = preset->setup;
    options.setup.models = from.models;
    if (command.count("--input") == 0)
        options.setup.inputs = from.inputs;
    if (command.count("--batch") == 0)
        options.setup.batches = from.batches;
    if (command.count("--max-seconds") == 0)
        options.setup.maxSeconds = from.maxSeconds;
    return {};
}

std::string presetHelp()
{
    std::string keys;
    for (const Preset& preset : presets())
        keys.append(keys.empty() ? "" : ", ").append(preset.key);
    return "Networks and input that go together: " + keys;
}

void printTable(const std::vector<Record>& records)
{
    printRecords(records);
    for (const std::string& sentence : checkedClaims(records))
        fmt::print("\n{}\n", sentence);
}

/// The records' document, and in it "claims" where something was published about networks among them.
std::string documentOf(const std::vector<Record>& records)
{
    std::string document = recordsToJson(records, records.front().environment);
    if (const auto claims = checkedClaims(records); !claims.empty())
        document.insert(document.rfind("\n}"), fmt::format(",\n\"claims\": {}", nlohmann::json(claims).dump()));
    return document;
}

Result<void> bench(Options options)
{
    if (options.endWithParent)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const std::string& text : options.inputs) {
        const Result<Shape> input = parseInput(text);
        if (!input)
            return tl::unexpected(input.error());
        options.setup.inputs.push_back(*input);
    }
    if (options.keepMemory) {
        std::replace(options.setup.modes.begin(), options.setup.modes.end(), std::string(kUsualMode),
                     std::string(name(Mode::Eager)));
        options.setup.modes = withKeptTwins(options.setup.modes);
    }
    std::optional<SessionAppender> session;
    if (!options.save.empty()) {
        Result<SessionAppender> opened = SessionAppender::open(options.save);
        if (!opened)
            return tl::unexpected(opened.error());
        session = *std::move(opened);
    }
    const Result<Measured> measured = measureSetup(options.setup, [&](const Record& record) {
        if (session)
            session->append(record);
    });
    if (!measured)
        return tl::unexpected(measured.error());
    if (session)
        if (const auto saved = session->save(); !saved)
            return saved;
    if (measured->records.empty())
        return measured->complete();
    if (options.json)
        fmt::print("{}\n", documentOf(measured->records));
    else
        printTable(measured->records);
    return measured->complete();
}

} // namespace

void addBench(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("bench", "Measure latency and throughput of models");
    const auto options = std::make_shared<Options>();
    Setup& setup = options->setup;
    setup.layers = false;
    setup.modes = {kUsualMode};
    auto* models = command->add_option("models", setup.models, "Architectures' names or model files");
    command->add_option("--preset", options->preset, presetHelp())->excludes(models);
    addListOption(*command, "--mode", setup.modes,
                  "Modes, such as eager,fused; eager by default, a quantized file's as it was made");
    addListOption(*command, "--batch", setup.batches, "Batch sizes, such as 1,8")->check(atLeastOne());
    addListOption(*command, "--threads", setup.threads, "Thread counts, such as 1,2; all cores by default")
        ->check(threadCount());
    addListOption(*command, "--input", options->inputs, "Input sizes, such as 3x224x224; the model's by default");
    command->add_option("--device", setup.device, "cpu, or cuda where this LibTorch has it");
    command
        ->add_option("--precision-target", setup.precisionTarget,
                     "Half width of the median's 95 % interval to reach, as a share of it (0.02)")
        ->check(between(0.0001, 1.0));
    command->add_option("--max-seconds", setup.maxSeconds, "Time limit of one configuration (20)")
        ->check(between(0.01, 86400.0));
    command->add_flag("--isolate", setup.isolate, "A fresh process for each configuration");
    command->add_flag("--keep-memory", options->keepMemory,
                      "Eager and channels_last once more with memory kept from one tensor for the next");
    command->add_flag("--layers", setup.layers, "Time each layer too");
    command->add_option("--save", options->save, "Session to append the records to; made if it is not there");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    // For --isolate: a child must not go on measuring, and disturbing, when its parent was killed.
    command->add_flag("--end-with-parent", options->endWithParent)->group("");
    command->callback([&action, options, command] {
        if (options->preset.empty() && options->setup.models.empty())
            throw CLI::RequiredError("models or --preset");
        action = [options, command] {
            return applyPreset(*options, *command).and_then([&] { return bench(*options); });
        };
    });
}

} // namespace lathe::cli
