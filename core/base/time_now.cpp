#include "core/base/time_now.h"

#include <chrono>

#include <fmt/chrono.h>

namespace lathe {

std::string timeNow()
{
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now()));
}

} // namespace lathe
