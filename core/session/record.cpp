#include "core/session/record.h"

#include <string_view>
#include <tuple>

#include <fmt/format.h>

namespace lathe {

namespace {

auto speedMatters(const Environment& e)
{
    return std::tie(e.host, e.cpu, e.instructionSets, e.physicalCores, e.logicalCores, e.system, e.library,
                    e.capability, e.kernels);
}

/// "0.1.0" of "0.1.0 (a1b2c3d)": a build of another revision of one version is no other program.
std::string_view releaseOf(const Environment& e)
{
    const std::string_view version = e.latheVersion;
    return version.substr(0, version.find(' '));
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
    return speedMatters(*this) == speedMatters(other) && releaseOf(*this) == releaseOf(other);
}

bool sameSeries(const Record& a, const Record& b)
{
    return a.configuration.device == b.configuration.device && a.environment.comparableWith(b.environment);
}

} // namespace lathe
