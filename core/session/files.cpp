#include "core/session/session.h"

#include <fmt/format.h>

#include "core/session/session_json_p.h"

namespace lathe {

Result<void> saveSession(const Session& session, const std::filesystem::path& path)
{
    return writeFileAtomically(path, sessionToJson(session));
}

Result<LoadedSession> loadSession(const std::filesystem::path& path)
{
    return readFile(path).and_then(
        [&](const std::string& text) { return json::toSession(text, fmt::format("'{}'", path.string())); });
}

} // namespace lathe
