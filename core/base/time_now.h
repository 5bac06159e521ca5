#pragma once

#include <string>

namespace lathe {

/// ISO 8601, UTC, to the second: "2025-11-22T23:26:00Z".
std::string timeNow();

} // namespace lathe
