#pragma once

#include <cstdint>

#include <ATen/record_function.h>

namespace lathe::engine {

/// How an operation of LibTorch is counted.
struct OperationRule {
    enum class Kind {
        Products,  ///< `macs` counts it
        Free,      ///< moves data or works element by element
        Assembled, ///< made of other operations, which are counted in its place
        Unknown    ///< none of these, as far as we know
    };
    Kind kind = Kind::Unknown;

    /// From the inputs: MACs of the call, or of one element of its output if `perOutputElement`.
    std::int64_t (*macs)(c10::ArrayRef<const c10::IValue> inputs) = nullptr;
    bool perOutputElement = false;
};

/// Looked up by the operation's name ("aten::mm"), then by what LibTorch itself says about it. `inputs` are those of
/// its schema.
OperationRule ruleOf(const at::RecordFunction& function, c10::ArrayRef<const c10::IValue> inputs);

} // namespace lathe::engine
