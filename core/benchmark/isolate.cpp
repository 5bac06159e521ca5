#include "core/benchmark/isolate.h"

#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/process.h"

namespace lathe {

namespace {

std::vector<std::string> commandFor(const std::string& executable, const Configuration& configuration,
                                    const Setup& setup)
{
    std::vector<std::string> command{executable,
                                     "bench",
                                     configuration.model,
                                     "--mode",
                                     configuration.mode,
                                     "--batch",
                                     std::to_string(configuration.batch),
                                     "--threads",
                                     std::to_string(configuration.threads),
                                     "--device",
                                     configuration.device,
                                     "--precision-target",
                                     fmt::format("{}", setup.precisionTarget),
                                     "--max-seconds",
                                     fmt::format("{}", setup.maxSeconds),
                                     "--json",
                                     "--end-with-parent"};
    if (!configuration.input.empty())
        command.insert(command.end(), {"--input", toString(configuration.input)});
    if (setup.layers)
        command.push_back("--layers");
    return command;
}

tl::unexpected<Error> died(const Configuration& configuration, int number)
{
    if (number == SIGKILL)
        return fail(
            ErrorCode::OutOfMemory,
            fmt::format("The process that measured {} was killed, as the system does when memory runs out; try a "
                        "smaller batch.",
                        describe(configuration)));
    return fail(
        ErrorCode::EngineFailure,
        fmt::format(
            "The process that measured {} died of signal {} ({}); measure it without a fresh process to see more.",
            describe(configuration), number, strsignal(number)));
}

tl::unexpected<Error> failedWith(const Configuration& configuration, const ProcessOutput& output)
{
    const auto [why, isSentence] = lastWords(output);
    if (isSentence)
        return fail(ErrorCode::EngineFailure, why);
    return fail(ErrorCode::EngineFailure,
                fmt::format("The process that measured {} failed with code {}: {}", describe(configuration),
                            output.exitCode, why.empty() ? "it gave no reason." : why));
}

tl::unexpected<Error> unreadable(const Configuration& configuration, const std::string& why)
{
    return fail(ErrorCode::EngineFailure,
                fmt::format("The process that measured {} printed no record that could be read: {}",
                            describe(configuration), why));
}

Result<Record> firstRecord(const Configuration& configuration, const std::string& text)
{
    const auto document = nlohmann::json::parse(text, nullptr, false);
    if (!document.is_object() || !document.contains("records") || !document["records"].is_array())
        return unreadable(configuration, "it is not a JSON document with records.");
    const auto& records = document["records"];
    if (records.empty())
        return unreadable(configuration, "there are no records in it.");
    Result<Record> record = recordFromJson(records.front().dump());
    if (!record)
        return unreadable(configuration, record.error().message);
    record->isolated = true;
    return record;
}

} // namespace

Result<Record> measureIsolated(const std::string& executable, const Configuration& configuration, const Setup& setup,
                               std::stop_token stop)
{
    const auto output = runProcess(commandFor(executable, configuration, setup), stop);
    if (!output)
        return tl::unexpected(output.error());
    if (output->signal != 0)
        return died(configuration, output->signal);
    if (output->exitCode != 0)
        return failedWith(configuration, *output);
    return firstRecord(configuration, output->output);
}

} // namespace lathe
