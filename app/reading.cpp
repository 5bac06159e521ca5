#include "app/reading.h"

#include <fmt/format.h>

#include "app/output.h"

namespace lathe::cli {

Result<Session> openForReading(const std::string& path)
{
    return loadSession(path).map([](LoadedSession loaded) {
        for (const std::string& lost : loaded.lost)
            fmt::print(stderr, "lathe: {}\n", forTerminal(lost));
        return std::move(loaded.session);
    });
}

} // namespace lathe::cli
