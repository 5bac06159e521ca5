#include "core/engine/torch/tensors.h"

#include <cstdint>

namespace lathe::engine {

namespace {

constexpr std::uintptr_t kAlignment = 64;

} // namespace

DType dtypeOf(at::ScalarType type)
{
    switch (type) {
    case at::kDouble:
        return DType::Float64;
    case at::kHalf:
        return DType::Float16;
    case at::kBFloat16:
        return DType::BFloat16;
    case at::kLong:
        return DType::Int64;
    case at::kInt:
        return DType::Int32;
    case at::kShort:
        return DType::Int16;
    case at::kChar:
        return DType::Int8;
    case at::kByte:
        return DType::UInt8;
    case at::kBool:
        return DType::Bool;
    default:
        return DType::Float32;
    }
}

at::ScalarType scalarType(DType dtype)
{
    switch (dtype) {
    case DType::Float64:
        return at::kDouble;
    case DType::Float32:
        return at::kFloat;
    case DType::Float16:
        return at::kHalf;
    case DType::BFloat16:
        return at::kBFloat16;
    case DType::Int64:
        return at::kLong;
    case DType::Int32:
        return at::kInt;
    case DType::Int16:
        return at::kShort;
    case DType::Int8:
        return at::kChar;
    case DType::UInt8:
        return at::kByte;
    case DType::Bool:
        return at::kBool;
    }
    return at::kFloat;
}

at::Tensor toTorch(const HostTensor& tensor)
{
    auto* data = const_cast<std::byte*>(tensor.data.get());
    const auto keepAlive = [owner = tensor.data](void*) {};
    at::Tensor shared =
        at::from_blob(data, tensor.shape, keepAlive, at::TensorOptions().dtype(scalarType(tensor.dtype)));
    return reinterpret_cast<std::uintptr_t>(data) % kAlignment == 0 ? shared : shared.clone();
}

HostTensor toHost(const at::Tensor& tensor)
{
    const at::Tensor dense = tensor.to(at::kCPU).contiguous();
    HostTensor host;
    host.dtype = dtypeOf(dense.scalar_type());
    host.shape = dense.sizes().vec();
    host.data = std::shared_ptr<const std::byte>(static_cast<const std::byte*>(dense.const_data_ptr()),
                                                 [dense](const std::byte*) {});
    return host;
}

} // namespace lathe::engine
