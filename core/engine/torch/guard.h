#pragma once

#include <exception>
#include <new>
#include <string>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/base/result.h"

namespace lathe::engine {

/// Runs `work` and turns what LibTorch throws into an error; nothing is thrown past the engine.
template <class Work> auto guarded(const std::string& what, Work&& work) -> decltype(work())
{
    const auto outOfMemory = [&] {
        return fail(ErrorCode::OutOfMemory,
                    fmt::format("{} ran out of memory; use a smaller batch or input, or close other programs.", what));
    };
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    } catch (const c10::Error& error) {
        const std::string message = error.what_without_backtrace();
        if (message.find("allocate memory") != std::string::npos || message.find("out of memory") != std::string::npos)
            return outOfMemory();
        return fail(ErrorCode::EngineFailure, fmt::format("{} failed in LibTorch ({}); try another mode or input size.",
                                                          what, message.substr(0, message.find('\n'))));
    } catch (const std::exception& error) {
        return fail(ErrorCode::EngineFailure, fmt::format("{} failed: {}", what, error.what()));
    }
}

} // namespace lathe::engine
