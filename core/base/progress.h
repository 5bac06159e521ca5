#pragma once

#include <functional>
#include <string>

namespace lathe {

/// How far a task is. It is called on the task's own thread.
struct Progress {
    double fraction = -1.0; ///< 0 to 1; negative while it cannot be known
    std::string what;       ///< what is being done now, for people
};

/// Where a task reports to; may be empty.
using ProgressSink = std::function<void(const Progress&)>;

} // namespace lathe
