#pragma once

#include <string>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace lathe {

/// Reads a TorchScript file in a process of its own before this one does: a program may crash LibTorch, take all memory
/// or never end, whether by damage or on purpose. Once for each state of a file and input.
Result<void> rehearseScript(const std::string& path, const Shape& input);

/// Ends those at work, which come back as Cancelled: nobody waits for them any more. Thread-safe.
void abandonRehearsals();

/// What that process does; it may end without coming back.
Result<void> performRehearsal(const std::string& path, const Shape& input);

} // namespace lathe
