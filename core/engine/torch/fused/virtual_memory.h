#pragma once

#include <optional>
#include <vector>

#include <ATen/ATen.h>

#include "core/engine/torch/fused/step.h"

namespace lathe::engine {

/// Tensors that have sizes, strides and a buffer of their own, but no memory yet: views of them are made by
/// LibTorch as of any other, and nobody may read their elements.
class VirtualMemory {
public:
    VirtualMemory();

    at::Tensor allocate(at::IntArrayRef sizes, at::MemoryFormat format, at::ScalarType type);

    /// The buffer that a tensor lies in; none for one with memory.
    std::optional<std::size_t> bufferOf(const at::Tensor& tensor) const;
    std::size_t buffers() const { return m_begins.size(); }
    std::int64_t bytes(std::size_t buffer) const { return m_bytes[buffer]; }
    std::int64_t begin(std::size_t buffer) const { return m_begins[buffer]; }

private:
    c10::Storage m_storage;
    std::vector<std::int64_t> m_begins; ///< bytes; ascending
    std::vector<std::int64_t> m_bytes;
    std::int64_t m_end = 0;
};

/// Virtual tensors moved to where they are to be.
class Placement {
public:
    /// Lays every buffer that `steps` use into one arena; where a step's output may lie over an input that nobody
    /// reads later, it does. `output` is read after the last step.
    Placement(const VirtualMemory& memory, const std::vector<Step>& steps, const at::Tensor& output);

    at::Tensor operator()(const at::Tensor& tensor) const;
    Tensors operator()(const Tensors& tensors) const;

    std::int64_t bytes() const { return m_bytes; }

private:
    const VirtualMemory& m_memory;
    std::vector<std::int64_t> m_offsets; ///< by buffer
    std::int64_t m_bytes = 0;
    std::shared_ptr<std::byte> m_arena;
};

} // namespace lathe::engine
