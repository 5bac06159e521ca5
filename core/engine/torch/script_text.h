#pragma once

#include <string_view>

namespace lathe::engine {

/// A word in a program's text that can reach files: `save` and `from_file` (as operations of LibTorch's, however they
/// are called) and `classes` (the classes of libraries, but for the weights of quantized layers). Empty where there is
/// none. Words count wherever they stand, in a comment too: what cannot be told apart for sure is not run.
std::string_view reachingWordIn(std::string_view text);

} // namespace lathe::engine
