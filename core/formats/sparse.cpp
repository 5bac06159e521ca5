#include "core/formats/sparse.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <type_traits>

#include "core/base/float_formats.h"

namespace lathe::sparse {

namespace {

tl::unexpected<Error> bad(const char* what)
{
    return fail(ErrorCode::BadFile, what);
}

constexpr auto kOtherShapes = "its indices and values have other shapes than a sparse tensor's";
constexpr auto kOutside = "its indices lie outside its shape";

/// Adds `count` values of type T to as many of type D.
template <class D, class T, class Convert>
void addAs(std::byte* to, const std::byte* from, std::int64_t count, Convert convert)
{
    for (std::int64_t i = 0; i < count; ++i, to += sizeof(D), from += sizeof(T)) {
        D sum{};
        T value{};
        std::memcpy(&sum, to, sizeof sum);
        std::memcpy(&value, from, sizeof value);
        const D converted = convert(value);
        if constexpr (std::is_integral_v<D>) // wraps around as PyTorch does
            sum = static_cast<D>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(converted));
        else
            sum += converted;
        std::memcpy(to, &sum, sizeof sum);
    }
}

template <class T> void addSame(std::byte* to, const std::byte* from, std::int64_t count)
{
    addAs<T, T>(to, from, count, [](T value) { return value; });
}

void addValues(DType dtype, std::byte* to, const std::byte* from, std::int64_t count)
{
    switch (dtype) {
    case DType::Float64:
        return addSame<double>(to, from, count);
    case DType::Float32:
        return addSame<float>(to, from, count);
    case DType::Float16:
        return addAs<float, std::uint16_t>(to, from, count, fromFloat16);
    case DType::BFloat16:
        return addAs<float, std::uint16_t>(to, from, count, fromBFloat16);
    case DType::Int64:
        return addSame<std::int64_t>(to, from, count);
    case DType::Int32:
        return addSame<std::int32_t>(to, from, count);
    case DType::Int16:
        return addSame<std::int16_t>(to, from, count);
    case DType::Int8:
        return addSame<std::int8_t>(to, from, count);
    case DType::UInt8:
        return addSame<std::uint8_t>(to, from, count);
    case DType::Bool:
        return addAs<std::uint8_t, std::uint8_t>(to, from, count,
                                                 [](std::uint8_t value) -> std::uint8_t { return value != 0; });
    }
}

/// Adds blocks of values to blocks of the dense tensor, from zero on.
class Adder {
public:
    Adder(const WritableTensor& dense, const HostTensor& values, std::int64_t block)
        : m_to(dense.bytes), m_from(values.data.get()), m_dtype(values.dtype), m_block(block),
          m_toBytes(block * byteSize(dense.tensor.dtype)), m_fromBytes(block * byteSize(values.dtype))
    {
        std::memset(m_to, 0, static_cast<std::size_t>(dense.tensor.byteCount()));
    }
    void add(std::int64_t toBlock, std::int64_t fromBlock) const
    {
        addValues(m_dtype, m_to + toBlock * m_toBytes, m_from + fromBlock * m_fromBytes, m_block);
    }

private:
    std::byte* m_to;
    const std::byte* m_from;
    DType m_dtype;
    std::int64_t m_block;
    std::int64_t m_toBytes;
    std::int64_t m_fromBytes;
};

bool areIndices(const HostTensor& tensor)
{
    return tensor.dtype == DType::Int64 || tensor.dtype == DType::Int32;
}

std::int64_t indexAt(const HostTensor& indices, std::int64_t i)
{
    if (indices.dtype == DType::Int64)
        return reinterpret_cast<const std::int64_t*>(indices.data.get())[i];
    return reinterpret_cast<const std::int32_t*>(indices.data.get())[i];
}

Result<void> fillFromCoo(const WritableTensor& dense, const HostTensor& indices, const HostTensor& values)
{
    const Shape& shape = dense.tensor.shape;
    if (!areIndices(indices) || indices.shape.size() != 2 || values.shape.empty())
        return bad(kOtherShapes);
    const std::int64_t entries = values.shape.front();
    const auto sparseExtents = static_cast<std::size_t>(indices.shape[0]);
    if (indices.shape[1] != entries || sparseExtents > shape.size() ||
        !std::equal(values.shape.begin() + 1, values.shape.end(),
                    shape.begin() + static_cast<std::ptrdiff_t>(sparseExtents), shape.end()))
        return bad(kOtherShapes);

    const Adder adder(dense, values, elementCount(Shape(values.shape.begin() + 1, values.shape.end())));
    for (std::int64_t entry = 0; entry < entries && values.byteCount() > 0; ++entry) {
        std::int64_t block = 0;
        for (std::size_t i = 0; i < sparseExtents; ++i) {
            const std::int64_t index = indexAt(indices, static_cast<std::int64_t>(i) * entries + entry);
            if (index < 0 || index >= shape[i])
                return bad(kOutside);
            block = block * shape[i] + index;
        }
        adder.add(block, entry);
    }
    return {};
}

/// Extents of a block: of one entry where the rows are of entries. Nothing: it is none, or does not divide the shape.
std::optional<Shape> blockOf(const Tensor& tensor)
{
    const bool isBlocked = tensor.layout == Layout::Bsr;
    if (tensor.values.shape.size() != (isBlocked ? 3 : 1) || tensor.shape.size() != 2)
        return std::nullopt;
    const Shape block = isBlocked ? Shape(tensor.values.shape.begin() + 1, tensor.values.shape.end()) : Shape{1, 1};
    const bool divides =
        block[0] > 0 && block[1] > 0 && tensor.shape[0] % block[0] == 0 && tensor.shape[1] % block[1] == 0;
    return divides ? std::optional(block) : std::nullopt;
}

/// One block of a matrix after the other, row by row.
Result<void> fillFromRows(const WritableTensor& dense, const Tensor& tensor)
{
    const auto block = blockOf(tensor);
    if (!block || !areIndices(tensor.rows) || !areIndices(tensor.columns) || tensor.columns.shape.size() != 1 ||
        tensor.rows.shape != Shape{tensor.shape[0] / (*block)[0] + 1} ||
        tensor.values.shape.front() != tensor.columns.shape.front())
        return bad(kOtherShapes);
    const std::int64_t height = (*block)[0], width = (*block)[1];
    const std::int64_t columns = tensor.shape[1] / width;
    const std::int64_t entries = tensor.columns.shape.front();
    const Adder adder(dense, tensor.values, width); // a row of a block at a time
    std::int64_t end = indexAt(tensor.rows, 0);
    for (std::int64_t row = 0; row < tensor.shape[0] / height; ++row) {
        const std::int64_t begin = end;
        end = indexAt(tensor.rows, row + 1);
        if (begin < 0 || end < begin || end > entries)
            return bad(kOutside);
        for (std::int64_t entry = begin; entry < end; ++entry) {
            const std::int64_t column = indexAt(tensor.columns, entry);
            if (column < 0 || column >= columns)
                return bad(kOutside);
            for (std::int64_t y = 0; y < height; ++y)
                adder.add((row * height + y) * columns + column, entry * height + y);
        }
    }
    return {};
}

} // namespace

DType denseDType(DType values)
{
    return values == DType::Float16 || values == DType::BFloat16 ? DType::Float32 : values;
}

Result<void> fill(const WritableTensor& dense, const Tensor& tensor)
{
    return tensor.layout == Layout::Coo ? fillFromCoo(dense, tensor.rows, tensor.values) : fillFromRows(dense, tensor);
}

} // namespace lathe::sparse
