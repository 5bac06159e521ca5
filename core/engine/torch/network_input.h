#pragma once

#include <string>

#include <ATen/ATen.h>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace lathe::engine {

/// What a network takes.
class NetworkInput {
public:
    explicit NetworkInput(const Graph& graph);

    /// Refuses another shape or kind, and ids of tokens that there are not.
    Result<void> check(const HostTensor& x) const;

    /// Normally distributed values, or any tokens; the same ones every time. Row-major, on the CPU.
    at::Tensor random(std::int64_t batch) const;

    /// Of values or of ids of tokens.
    at::ScalarType type() const { return m_vocabulary > 0 ? at::kLong : at::kFloat; }

private:
    std::string m_name;
    Shape m_shape;
    std::int64_t m_vocabulary; ///< of an input of token ids; 0 for one of float32 values
};

} // namespace lathe::engine
