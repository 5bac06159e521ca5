#pragma once

#include <algorithm>
#include <cassert>
#include <vector>

#include "core/base/tensor.h"

/// Small float32 tensors written down in tests.
namespace lathe::test {

inline HostTensor floats(const Shape& shape, const std::vector<float>& values)
{
    assert(static_cast<std::int64_t>(values.size()) == elementCount(shape));
    const WritableTensor made = makeTensor(DType::Float32, shape);
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    return made.tensor;
}

/// The same value everywhere.
inline HostTensor floats(const Shape& shape, float value)
{
    return floats(shape, std::vector<float>(static_cast<std::size_t>(elementCount(shape)), value));
}

inline std::vector<float> valuesOf(const HostTensor& tensor)
{
    return {tensor.floats(), tensor.floats() + elementCount(tensor.shape)};
}

} // namespace lathe::test
