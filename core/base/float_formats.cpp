#include "core/base/float_formats.h"

#include <bit>
#include <cmath>
#include <limits>

namespace lathe {

namespace {

template <class T> void convert(const HostTensor& from, float* to, float (*convertOne)(T))
{
    const auto* source = reinterpret_cast<const T*>(from.data.get());
    const std::int64_t count = elementCount(from.shape);
    for (std::int64_t i = 0; i < count; ++i)
        to[i] = convertOne(source[i]);
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

HostTensor toFloat32(const HostTensor& tensor)
{
    if (tensor.dtype != DType::Float64 && tensor.dtype != DType::Float16 && tensor.dtype != DType::BFloat16)
        return tensor;
    const WritableTensor made = makeTensor(DType::Float32, tensor.shape);
    auto* to = reinterpret_cast<float*>(made.bytes);
    if (tensor.dtype == DType::BFloat16)
        convert<std::uint16_t>(tensor, to, fromBFloat16);
    else if (tensor.dtype == DType::Float16)
        convert<std::uint16_t>(tensor, to, fromFloat16);
    else
        convert<double>(tensor, to, [](double x) { return static_cast<float>(x); });
    return made.tensor;
}

} // namespace lathe
