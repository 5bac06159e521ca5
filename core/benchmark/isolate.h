#pragma once

#include <stop_token>
#include <string>

#include "core/base/result.h"
#include "core/session/session.h"

namespace lathe {

/// One configuration in a child process (`lathe bench ... --json`), ended at once by a stop.
Result<Record> measureIsolated(const std::string& executable, const Configuration& configuration, const Setup& setup,
                               std::stop_token stop);

} // namespace lathe
