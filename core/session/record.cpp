#include "core/session/record.h"

#include <tuple>

#include <fmt/format.h>

namespace lathe {

namespace {

auto speedMatters(const Environment& e)
{
    return std::tie(e.host, e.cpu, e.instructionSets, e.physicalCores, e.logicalCores, e.system, e.library,
                    e.capability, e.kernels, e.latheVersion);
}

} // namespace

std::string describe(const Configuration& configuration)
{
    std::string text =
        fmt::format("{} · {} · batch {} · {} {}", configuration.model, configuration.mode, configuration.batch,
                    configuration.threads, configuration.threads == 1 ? "thread" : "threads");
    if (!configuration.input.empty())
        text += " · " + toString(configuration.input);
    if (configuration.device != "cpu")
        text += " · " + configuration.device;
    return text;
}

bool Environment::comparableWith(const Environment& other) const
{
    return speedMatters(*this) == speedMatters(other);
}

} // namespace lathe
