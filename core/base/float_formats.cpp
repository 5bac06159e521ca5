#include "core/base/float_formats.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace lathe {

namespace {

template <class Stored, class Convert> HostTensor converted(const HostTensor& tensor, Convert convert)
{
    WritableTensor made = makeTensor(DType::Float32, tensor.shape);
    const std::int64_t count = elementCount(tensor.shape);
    for (std::int64_t i = 0; i < count; ++i) {
        Stored value; // copied, since a file's bytes may not be aligned
        std::memcpy(&value, tensor.data.get() + static_cast<std::size_t>(i) * sizeof(Stored), sizeof(Stored));
        const float number = convert(value);
        std::memcpy(made.bytes + static_cast<std::size_t>(i) * sizeof(float), &number, sizeof(float));
    }
    return made.tensor;
}

bool isAligned(const HostTensor& tensor)
{
    return reinterpret_cast<std::uintptr_t>(tensor.data.get()) % alignof(float) == 0;
}

} // namespace

float fromBFloat16(std::uint16_t bits)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

float fromFloat16(std::uint16_t bits)
{
    const int exponent = bits >> 10 & 0x1F;
    const int fraction = bits & 0x3FF;
    float magnitude = std::ldexp(static_cast<float>(fraction | 0x400), exponent - 25);
    if (exponent == 0)
        magnitude = std::ldexp(static_cast<float>(fraction), -24);
    else if (exponent == 0x1F)
        magnitude = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

HostTensor toBFloat16(const HostTensor& tensor)
{
    constexpr std::uint32_t kHalf = 0x7FFF;
    const WritableTensor made = makeTensor(DType::BFloat16, tensor.shape);
    auto* out = reinterpret_cast<std::uint16_t*>(made.bytes);
    for (std::int64_t i = 0; i < elementCount(tensor.shape); ++i) {
        const float value = tensor.floats()[i];
        const auto bits = std::bit_cast<std::uint32_t>(value);
        const std::uint32_t rounded = std::isnan(value) ? bits | 0x400000U : bits + kHalf + (bits >> 16 & 1U);
        out[i] = static_cast<std::uint16_t>(rounded >> 16);
    }
    return made.tensor;
}

Result<HostTensor> asFloat32(const HostTensor& tensor)
{
    switch (tensor.dtype) {
    case DType::Float32:
        return isAligned(tensor) ? tensor : converted<float>(tensor, [](float value) { return value; });
    case DType::Float64:
        return converted<double>(tensor, [](double value) { return static_cast<float>(value); });
    case DType::Float16:
        return converted<std::uint16_t>(tensor, fromFloat16);
    case DType::BFloat16:
        return converted<std::uint16_t>(tensor, fromBFloat16);
    default:
        return fail(ErrorCode::Unsupported, fmt::format("A tensor of {} holds no real numbers.", name(tensor.dtype)));
    }
}

} // namespace lathe
