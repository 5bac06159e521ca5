#pragma once

#include <exception>
#include <new>
#include <string>

#include <fmt/format.h>

#include "core/base/progress.h"
#include "core/base/result.h"

namespace lathe {

/// Runs the body of a task; what it throws becomes an error about `what`.
template <class Body> auto guarded(const std::string& what, Body body) -> decltype(body())
{
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, fmt::format("Memory ran out on {}; try a smaller batch.", what));
    } catch (const std::exception& error) {
        return fail(ErrorCode::EngineFailure, fmt::format("{} failed: {}", what, error.what()));
    }
}

/// A sink for one part of a task: its 0 to 1 become `begin` to `end`.
inline ProgressSink partOf(const ProgressSink& whole, double begin, double end)
{
    if (!whole)
        return {};
    return [whole, begin, end](const Progress& part) {
        whole({part.fraction < 0.0 ? begin : begin + (end - begin) * part.fraction, part.what});
    };
}

} // namespace lathe
