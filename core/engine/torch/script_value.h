#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/ivalue.h>

#include "core/engine/torch/script_plan.h"

namespace lathe::engine {

/// A value of a program that is followed with a sample of its input: what it is for that sample, and what it is in
/// terms of the Graph.
struct Traced {
    c10::IValue value;
    std::optional<Symbol> symbol = {};               ///< of a tensor that depends on the input
    std::string path = {};                           ///< of a module or of a tensor of the state dict, as it is there
    bool transposed = false;                         ///< the tensor of `path` with its two axes exchanged
    bool learned = false;                            ///< computed from tensors of the state dict
    std::shared_ptr<std::vector<Traced>> items = {}; ///< of a list or tuple; shared as the program shares the list

    bool dependsOnInput() const;
};

/// One call of an operation on a value that depends on the input; `out` holds what it gave for the sample.
struct ScriptCall {
    std::string kind;       ///< "aten::conv2d"
    std::string scope;      ///< module it was called in: "layer1.0", or empty
    bool ownModule = false; ///< that module holds no others: it is this operation's
    std::vector<Traced> in;
    std::vector<Traced> out;

    const at::Tensor& tensor(std::size_t i) const { return in[i].value.toTensor(); }
    std::vector<std::int64_t> integers(std::size_t i) const;
    bool isNone(std::size_t i) const { return i >= in.size() || in[i].value.isNone(); }
    Shape outputShape() const { return out.front().value.toTensor().sizes().vec(); }

    /// "layer1.0.relu"; a module of its own gives its name.
    std::string named(const std::string& what) const;
};

/// Gives `call.out` their symbols. Throws Inexpressible where the Graph has nothing for it.
void express(ScriptCall& call, ScriptPlan& plan);

} // namespace lathe::engine
