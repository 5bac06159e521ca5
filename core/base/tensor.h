#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// Extents of a tensor, outermost first.
using Shape = std::vector<std::int64_t>;

enum class DType { Float64, Float32, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool };

/// Bytes of one element.
std::int64_t byteSize(DType dtype);

/// PyTorch's name: "float32", "bfloat16", "int64", ...
std::string_view name(DType dtype);
std::optional<DType> dtypeFromName(std::string_view name);

/// Product of the extents; 1 for a scalar.
std::int64_t elementCount(const Shape& shape);

/// "3x224x224"; "scalar" for no extents.
std::string toString(const Shape& shape);

/// Reads "3x224x224" (also with commas). Every extent must be from 1 to 2^31 - 1.
std::optional<Shape> shapeFromString(std::string_view text);

/// A dense, row-major tensor in memory, known to every layer (LibTorch's tensors stay in the engine).
/// Copies share the bytes.
struct HostTensor {
    DType dtype = DType::Float32;
    Shape shape;
    std::shared_ptr<const std::byte> data; ///< `byteCount()` bytes

    std::int64_t byteCount() const { return elementCount(shape) * byteSize(dtype); }
    const float* floats() const { return reinterpret_cast<const float*>(data.get()); }
};

/// An uninitialised tensor and the place to write its elements.
struct WritableTensor {
    HostTensor tensor;
    std::byte* bytes = nullptr;
};
WritableTensor makeTensor(DType dtype, Shape shape);

struct NamedTensor {
    std::string name;
    HostTensor tensor;
};

/// Weights by name, in the order of PyTorch's `state_dict()`.
using StateDict = std::vector<NamedTensor>;

} // namespace lathe
