#pragma once

#include <exception>
#include <new>
#include <string>

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "core/base/result.h"

namespace lathe::engine {

/// Why LibTorch failed, without where: one line. A program's failure begins with where in it, and tells why in a last
/// line of its own.
inline std::string reasonIn(const std::exception& error)
{
    const auto* own = dynamic_cast<const c10::Error*>(&error);
    const std::string message = own != nullptr ? own->what_without_backtrace() : error.what();
    const std::string mark = "RuntimeError: ";
    const std::size_t at = message.rfind(mark);
    const std::size_t begin = at == std::string::npos ? 0 : at + mark.size();
    return message.substr(begin, message.find('\n', begin) - begin);
}

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
        return fail(ErrorCode::EngineFailure,
                    fmt::format("{} failed in LibTorch ({}); try another mode or input size.", what, reasonIn(error)));
    } catch (const std::exception& error) {
        return fail(ErrorCode::EngineFailure, fmt::format("{} failed ({}).", what, reasonIn(error)));
    }
}

} // namespace lathe::engine
