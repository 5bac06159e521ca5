#pragma once

#include <string>

#include "core/session/session.h"

namespace lathe::json {

/// `sessionFromJson` with the name of what is read, for the sentences: "'a.lathe'", "The session".
Result<LoadedSession> toSession(const std::string& text, const std::string& subject);

} // namespace lathe::json
