#pragma once

#include <string>

#include "core/base/result.h"
#include "core/session/session.h"

namespace lathe::cli {

/// A session as it is in its file; what of a damaged one was lost is told on standard error.
Result<Session> openForReading(const std::string& path);

} // namespace lathe::cli
