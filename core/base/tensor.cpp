#include "core/base/tensor.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lathe {

namespace {

struct DTypeRow {
    DType dtype;
    std::string_view name;
    std::int64_t bytes;
};

constexpr std::array kDTypes = {
    DTypeRow{DType::Float64, "float64", 8}, DTypeRow{DType::Float32, "float32", 4},
    DTypeRow{DType::Float16, "float16", 2}, DTypeRow{DType::BFloat16, "bfloat16", 2},
    DTypeRow{DType::Int64, "int64", 8},     DTypeRow{DType::Int32, "int32", 4},
    DTypeRow{DType::Int16, "int16", 2},     DTypeRow{DType::Int8, "int8", 1},
    DTypeRow{DType::UInt8, "uint8", 1},     DTypeRow{DType::Bool, "bool", 1},
};

const DTypeRow& row(DType dtype)
{
    return *std::find_if(kDTypes.begin(), kDTypes.end(), [&](const DTypeRow& r) { return r.dtype == dtype; });
}

} // namespace

std::int64_t byteSize(DType dtype)
{
    return row(dtype).bytes;
}

std::string_view name(DType dtype)
{
    return row(dtype).name;
}

std::optional<DType> dtypeFromName(std::string_view name)
{
    for (const DTypeRow& r : kDTypes)
        if (r.name == name)
            return r.dtype;
    return std::nullopt;
}

std::int64_t elementCount(const Shape& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t extent : shape)
        count *= extent;
    return count;
}

std::string toString(const Shape& shape)
{
    return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

std::optional<Shape> shapeFromString(std::string_view text)
{
    Shape shape;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        std::int64_t extent = 0;
        const auto [next, error] = std::from_chars(at, end, extent);
        if (error != std::errc() || extent < 1 || extent > std::numeric_limits<std::int32_t>::max())
            return std::nullopt;
        shape.push_back(extent);
        if (next == end)
            return shape;
        if (*next != 'x' && *next != 'X' && *next != ',')
            return std::nullopt;
        at = next + 1;
    }
}

WritableTensor makeTensor(DType dtype, Shape shape)
{
    WritableTensor made;
    made.tensor.dtype = dtype;
    made.tensor.shape = std::move(shape);
    // Kernels like their rows on cache lines.
    constexpr std::align_val_t kAlignment{64};
    const auto size = static_cast<std::size_t>(std::max<std::int64_t>(made.tensor.byteCount(), 1));
    made.bytes = static_cast<std::byte*>(::operator new(size, kAlignment));
    made.tensor.data = std::shared_ptr<const std::byte>(
        made.bytes, [](const std::byte* p) { ::operator delete(const_cast<std::byte*>(p), kAlignment); });
    return made;
}

} // namespace lathe
