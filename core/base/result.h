#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace lathe {

/// What kind of thing went wrong; the message says what to do about it.
enum class ErrorCode {
    InvalidArgument, ///< a flag, a name or a size that cannot be
    NotFound,        ///< a file, model, node or parameter that is not there
    Unsupported,     ///< sound, but not something this build or machine can do
    BadFile,         ///< a file that is damaged or of another kind
    InputOutput,     ///< the system refused to read or write
    OutOfMemory,     ///< it would not fit, or did not
    Cancelled,       ///< the user stopped it
    EngineFailure    ///< LibTorch is missing, or failed in a way nobody foresaw
};

/// A failure that the user can cause or mend: one sentence, ready to be shown.
struct Error {
    ErrorCode code = ErrorCode::InvalidArgument;
    std::string message;
};

template <class T> using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::NotFound, "...")` from any function that returns a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace lathe
