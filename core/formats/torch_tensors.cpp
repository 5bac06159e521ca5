#include "core/formats/torch_tensors.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "core/base/words.h"
#include "core/formats/sparse.h"
#include "core/formats/tensor_name.h"

namespace lathe {

namespace {

constexpr std::uint64_t kMostExpansion = 64;
constexpr std::uint64_t kSmallFile = 1 << 20; ///< bytes anyone may have

tl::unexpected<Error> bad(std::string what)
{
    return fail(ErrorCode::BadFile, std::move(what));
}

std::optional<std::int64_t> product(std::int64_t a, std::int64_t b)
{
    std::int64_t result = 0;
    return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
}

/// Nothing where the extents alone (a zero among them not counted) are beyond 63 bits.
std::optional<std::int64_t> bytesOf(DType dtype, const Shape& shape)
{
    std::optional<std::int64_t> bytes = byteSize(dtype);
    bool isEmpty = false;
    for (const std::int64_t extent : shape) {
        isEmpty = isEmpty || extent == 0;
        bytes = bytes && extent != 0 ? product(*bytes, extent) : bytes;
    }
    return bytes && isEmpty ? 0 : bytes;
}

/// Place of the last element, in elements; nothing where it is beyond 63 bits.
std::optional<std::int64_t> lastElement(const pickle::StridedTensor& tensor)
{
    std::int64_t last = tensor.offset;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        const auto step = product(tensor.shape[i] - 1, tensor.strides[i]);
        if (!step || __builtin_add_overflow(last, *step, &last))
            return std::nullopt;
    }
    return last;
}

bool isRowMajor(const pickle::StridedTensor& tensor)
{
    std::int64_t expected = 1;
    for (std::size_t i = tensor.shape.size(); i > 0; --i) {
        if (tensor.shape[i - 1] != 1 && tensor.strides[i - 1] != expected)
            return false;
        expected *= tensor.shape[i - 1];
    }
    return true;
}

/// The tensor's elements one behind the other; `from` is its first.
void copyStrided(std::byte* to, const std::byte* from, const pickle::StridedTensor& tensor, std::size_t elementBytes)
{
    struct Axis {
        std::int64_t extent, step, at;
    };
    std::vector<Axis> axes; // innermost first; the stride of a single entry says nothing
    for (std::size_t i = tensor.shape.size(); i > 0; --i)
        if (tensor.shape[i - 1] != 1)
            axes.push_back({tensor.shape[i - 1], tensor.strides[i - 1] * static_cast<std::int64_t>(elementBytes), 0});
    std::int64_t offset = 0;
    for (std::int64_t left = elementCount(tensor.shape); left > 0; --left, to += elementBytes) {
        std::memcpy(to, from + offset, elementBytes);
        for (Axis& axis : axes) {
            offset += axis.step;
            if (++axis.at < axis.extent)
                break;
            offset -= axis.step * axis.extent;
            axis.at = 0;
        }
    }
}

} // namespace

TensorMaker::TensorMaker(const pickle::Document& document, const TorchArchive& archive)
    : m_document(document), m_archive(archive), m_bytesLeft(archive.fileBytes * kMostExpansion + kSmallFile)
{
}

Result<WritableTensor> TensorMaker::allocate(DType dtype, const Shape& shape)
{
    const auto bytes = bytesOf(dtype, shape);
    if (!bytes || static_cast<std::uint64_t>(*bytes) > m_bytesLeft)
        return fail(ErrorCode::Unsupported,
                    fmt::format("it would take more than {} times the file's size when written out; save what it is "
                                "made of instead",
                                kMostExpansion));
    m_bytesLeft -= static_cast<std::uint64_t>(*bytes);
    return makeTensor(dtype, shape);
}

Result<HostTensor> TensorMaker::make(pickle::StridedId id)
{
    const pickle::StridedTensor& tensor = m_document.strided[id.index];
    if (bytesOf(tensor.dtype, tensor.shape) == 0)
        return makeTensor(tensor.dtype, tensor.shape).tensor;
    const auto record = m_archive.records.find("data/" + std::string(tensor.storage.key));
    if (record == m_archive.records.end())
        return bad(fmt::format("its numbers (data/{}) are missing from the file",
                               shortened(tensor.storage.key, kLongestQuotedName)));
    const auto elementBytes = static_cast<std::size_t>(byteSize(tensor.dtype));
    const auto elements = static_cast<std::int64_t>(record->second.size() / elementBytes);
    const auto last = lastElement(tensor);
    if (!last || *last >= std::min(elements, tensor.storage.elements))
        return bad("it lies outside its storage");

    const auto* first = reinterpret_cast<const std::byte*>(record->second.data()) +
                        static_cast<std::size_t>(tensor.offset) * elementBytes;
    if (isRowMajor(tensor) && reinterpret_cast<std::uintptr_t>(first) % elementBytes == 0)
        return HostTensor{tensor.dtype, tensor.shape, std::shared_ptr<const std::byte>(m_archive.owner, first)};
    return allocate(tensor.dtype, tensor.shape).map([&](const WritableTensor& made) {
        copyStrided(made.bytes, first, tensor, elementBytes);
        return made.tensor;
    });
}

Result<HostTensor> TensorMaker::make(pickle::SparseId id)
{
    const pickle::SparseTensor& tensor = m_document.sparse[id.index];
    const bool hasColumns = tensor.layout != sparse::Layout::Coo;
    const Result<HostTensor> rows = make(tensor.rows);
    if (!rows)
        return rows;
    const Result<HostTensor> columns = hasColumns ? make(tensor.columns) : HostTensor();
    if (!columns)
        return columns;
    const Result<HostTensor> values = make(tensor.values);
    if (!values)
        return values;
    const Result<WritableTensor> dense = allocate(sparse::denseDType(values->dtype), tensor.shape);
    if (!dense)
        return tl::unexpected(dense.error());
    const auto filled = sparse::fill(*dense, {tensor.layout, tensor.shape, *rows, *columns, *values});
    return filled.map([&] { return dense->tensor; });
}

} // namespace lathe
