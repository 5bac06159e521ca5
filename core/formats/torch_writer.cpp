#include "core/formats/torch_writer.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "core/base/files.h"
#include "core/engine/backend.h"

namespace lathe {

namespace {

using namespace std::string_literals;

/// Operations of protocol 2.
constexpr char kMark = '(';
constexpr char kTuple = 't';
constexpr char kEmptyTuple = ')';
constexpr char kReduce = 'R';
constexpr char kPersistentId = 'Q';
constexpr char kSetItems = 'u';
constexpr char kStop = '.';
constexpr char kTrue = '\x88';
constexpr char kFalse = '\x89';
constexpr char kText = 'X';
constexpr char kByte = 'K';
constexpr char kTwoBytes = 'M';
constexpr char kFourBytes = 'J';
constexpr char kLong = '\x8a';

/// PyTorch's class of a storage.
std::string_view storageName(DType dtype)
{
    switch (dtype) {
    case DType::Float64:
        return "DoubleStorage";
    case DType::Float32:
        return "FloatStorage";
    case DType::Float16:
        return "HalfStorage";
    case DType::BFloat16:
        return "BFloat16Storage";
    case DType::Int64:
        return "LongStorage";
    case DType::Int32:
        return "IntStorage";
    case DType::Int16:
        return "ShortStorage";
    case DType::Int8:
        return "CharStorage";
    case DType::UInt8:
        return "ByteStorage";
    case DType::Bool:
        break;
    }
    return "BoolStorage";
}

std::string_view layoutName(sparse::Layout layout)
{
    switch (layout) {
    case sparse::Layout::Coo:
        return "torch.sparse_coo";
    case sparse::Layout::Csr:
        return "torch.sparse_csr";
    case sparse::Layout::Bsr:
        break;
    }
    return "torch.sparse_bsr";
}

/// Writes the pickle and keeps the storages that it names.
class Pickler {
public:
    TorchRecords pickled(const std::vector<TorchEntry>& entries)
    {
        m_out.pickle = "\x80\x02"s;
        orderedDict();
        m_out.pickle += kMark;
        for (const TorchEntry& entry : entries) {
            text(entry.name);
            std::visit([this](const auto& tensor) { write(tensor); }, entry.tensor);
        }
        m_out.pickle += kSetItems;
        m_out.pickle += kStop;
        return std::move(m_out);
    }

private:
    void global(std::string_view module, std::string_view name)
    {
        m_out.pickle += fmt::format("c{}\n{}\n", module, name);
    }

    void littleEndian(std::int64_t value, int bytes)
    {
        for (int i = 0; i < bytes; ++i)
            m_out.pickle += static_cast<char>(value >> (8 * i) & 0xFF);
    }

    void text(std::string_view value)
    {
        m_out.pickle += kText;
        littleEndian(static_cast<std::int64_t>(value.size()), 4);
        m_out.pickle += value;
    }

    void number(std::int64_t value)
    {
        constexpr int kLongBytes = 8;
        if (value <= std::numeric_limits<std::uint8_t>::max()) {
            m_out.pickle += kByte;
            littleEndian(value, 1);
        } else if (value <= std::numeric_limits<std::uint16_t>::max()) {
            m_out.pickle += kTwoBytes;
            littleEndian(value, 2);
        } else if (value <= std::numeric_limits<std::int32_t>::max()) {
            m_out.pickle += kFourBytes;
            littleEndian(value, 4);
        } else {
            m_out.pickle += kLong;
            littleEndian(kLongBytes, 1);
            littleEndian(value, kLongBytes);
        }
    }

    void numbers(const Shape& values)
    {
        m_out.pickle += kMark;
        for (const std::int64_t value : values)
            number(value);
        m_out.pickle += kTuple;
    }

    void orderedDict()
    {
        global("collections", "OrderedDict");
        m_out.pickle += kEmptyTuple;
        m_out.pickle += kReduce;
    }

    /// ("storage", type, key, location, elements)
    void storage(const HostTensor& tensor)
    {
        m_out.pickle += kMark;
        text("storage");
        global("torch", storageName(tensor.dtype));
        text(std::to_string(m_out.storages.size()));
        text("cpu");
        number(elementCount(tensor.shape));
        m_out.pickle += kTuple;
        m_out.pickle += kPersistentId;
        m_out.storages.push_back(tensor);
    }

    /// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
    void write(const HostTensor& tensor)
    {
        global("torch._utils", "_rebuild_tensor_v2");
        m_out.pickle += kMark;
        storage(tensor);
        number(0);
        numbers(tensor.shape);
        numbers(strides(tensor.shape));
        m_out.pickle += kFalse;
        orderedDict();
        m_out.pickle += kTuple;
        m_out.pickle += kReduce;
    }

    static Shape strides(const Shape& shape)
    {
        Shape strides(shape.size(), 1);
        for (std::size_t i = shape.size(); i > 1; --i)
            strides[i - 2] = strides[i - 1] * std::max<std::int64_t>(shape[i - 1], 1);
        return strides;
    }

    void size(const Shape& shape)
    {
        global("torch", "Size");
        m_out.pickle += kMark;
        numbers(shape);
        m_out.pickle += kTuple;
        m_out.pickle += kReduce;
    }

    void layout(sparse::Layout layout)
    {
        global("torch.serialization", "_get_layout");
        m_out.pickle += kMark;
        text(layoutName(layout));
        m_out.pickle += kTuple;
        m_out.pickle += kReduce;
    }

    /// _rebuild_sparse_tensor(layout, (indices, values, size, is_coalesced)), or (rows, columns, values, size)
    void write(const sparse::Tensor& tensor)
    {
        const bool isCoo = tensor.layout == sparse::Layout::Coo;
        global("torch._utils", "_rebuild_sparse_tensor");
        m_out.pickle += kMark;
        layout(tensor.layout);
        m_out.pickle += kMark;
        write(tensor.rows);
        if (!isCoo)
            write(tensor.columns);
        write(tensor.values);
        size(tensor.shape);
        if (isCoo)
            m_out.pickle += kTrue;
        m_out.pickle += kTuple;
        m_out.pickle += kTuple;
        m_out.pickle += kReduce;
    }

    TorchRecords m_out;
};

std::string_view bytesOf(const HostTensor& tensor)
{
    return {reinterpret_cast<const char*>(tensor.data.get()), static_cast<std::size_t>(tensor.byteCount())};
}

} // namespace

TorchRecords torchRecords(const std::vector<TorchEntry>& entries)
{
    return Pickler().pickled(entries);
}

bool isTorchName(const std::filesystem::path& path)
{
    return path.extension() == ".pt" || path.extension() == ".pth";
}

Result<void> writeTorchFile(const std::filesystem::path& path, const std::vector<TorchEntry>& entries)
{
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    const TorchRecords records = torchRecords(entries);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < records.storages.size(); ++i)
        names.push_back(fmt::format("data/{}", i));
    std::vector<ArchiveEntry> files{{"data.pkl", records.pickle}, {"byteorder", "little"}};
    for (std::size_t i = 0; i < names.size(); ++i)
        files.push_back({names[i], bytesOf(records.storages[i])});
    Result<void> packed;
    const auto written = writeFileAtomically(path, [&](const PutBytes& put) {
        packed = (*backend)->writeArchive(files, put);
        return packed.has_value();
    });
    return written ? packed : written;
}

Result<void> writeTorchFile(const std::filesystem::path& path, const StateDict& tensors)
{
    std::vector<TorchEntry> entries;
    for (const NamedTensor& tensor : tensors)
        entries.push_back({tensor.name, tensor.tensor});
    return writeTorchFile(path, entries);
}

} // namespace lathe
