#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/base/words.h"
#include "core/formats/pickle_p.h"
#include "core/formats/tensor_name.h"

namespace lathe::pickle {

namespace {

/// What a known name stands for.
enum class Meaning {
    Dictionary,
    FirstArgument, ///< what its first argument is, where the rest only matters in training
    Nothing,       ///< something that no weight depends on
    Strided,
    StridedOfDType,
    Sparse,
    Storage,
    DType
};

struct Known {
    std::string_view name;
    Meaning meaning;
    lathe::DType dtype = lathe::DType::Float32;
};

constexpr std::array kKnown = {
    Known{"collections.OrderedDict", Meaning::Dictionary},
    Known{"collections.Counter", Meaning::Dictionary},
    Known{"torch._utils._rebuild_tensor_v2", Meaning::Strided},
    Known{"torch._utils._rebuild_tensor_v3", Meaning::StridedOfDType},
    Known{"torch._utils._rebuild_parameter", Meaning::FirstArgument},
    Known{"torch._utils._rebuild_parameter_with_state", Meaning::FirstArgument},
    Known{"torch._utils._rebuild_sparse_tensor", Meaning::Sparse},
    Known{"torch.serialization._get_layout", Meaning::FirstArgument},
    Known{"torch.Size", Meaning::FirstArgument},
    Known{"builtins.set", Meaning::FirstArgument},
    Known{"__builtin__.set", Meaning::FirstArgument},
    Known{"_codecs.encode", Meaning::FirstArgument},
    Known{"torch.device", Meaning::Nothing},
    Known{"torch.DoubleStorage", Meaning::Storage, DType::Float64},
    Known{"torch.FloatStorage", Meaning::Storage, DType::Float32},
    Known{"torch.HalfStorage", Meaning::Storage, DType::Float16},
    Known{"torch.BFloat16Storage", Meaning::Storage, DType::BFloat16},
    Known{"torch.LongStorage", Meaning::Storage, DType::Int64},
    Known{"torch.IntStorage", Meaning::Storage, DType::Int32},
    Known{"torch.ShortStorage", Meaning::Storage, DType::Int16},
    Known{"torch.CharStorage", Meaning::Storage, DType::Int8},
    Known{"torch.ByteStorage", Meaning::Storage, DType::UInt8},
    Known{"torch.BoolStorage", Meaning::Storage, DType::Bool},
    Known{"torch.storage.UntypedStorage", Meaning::Storage, DType::UInt8},
    Known{"torch.float64", Meaning::DType, DType::Float64},
    Known{"torch.float32", Meaning::DType, DType::Float32},
    Known{"torch.float16", Meaning::DType, DType::Float16},
    Known{"torch.bfloat16", Meaning::DType, DType::BFloat16},
    Known{"torch.int64", Meaning::DType, DType::Int64},
    Known{"torch.int32", Meaning::DType, DType::Int32},
    Known{"torch.int16", Meaning::DType, DType::Int16},
    Known{"torch.int8", Meaning::DType, DType::Int8},
    Known{"torch.uint8", Meaning::DType, DType::UInt8},
    Known{"torch.bool", Meaning::DType, DType::Bool},
};

/// How the names of dtypes begin that PyTorch has beside those above, behind "torch.".
constexpr std::array<std::string_view, 8> kOtherDTypes{"float4_", "float8_", "complex", "uint",
                                                       "int",     "quint",   "qint",    "bits"};

/// A small tuple of extents can be named by many tensors.
constexpr std::size_t kMostExtents = 16;

constexpr auto kUnlikePyTorch = "It describes a tensor in another way than PyTorch does.";

template <class T> const T& as(const Document& document, ValueId id)
{
    if (const T* value = std::get_if<T>(&document.at(id)))
        return *value;
    refuse(kUnlikePyTorch);
}

ValueId argument(const Tuple& arguments, std::size_t index)
{
    if (index >= arguments.items.size())
        refuse(kUnlikePyTorch);
    return arguments.items[index];
}

const Known& meant(const Document& document, ValueId id, Meaning meaning)
{
    const Known& known = kKnown[as<Global>(document, id).known];
    if (known.meaning != meaning)
        refuse(kUnlikePyTorch);
    return known;
}

/// Extents, strides, or offset: none is ever negative.
std::int64_t count(const Document& document, ValueId id)
{
    const std::int64_t value = as<std::int64_t>(document, id);
    if (value < 0)
        refuse(kUnlikePyTorch);
    return value;
}

Shape counts(const Document& document, ValueId id)
{
    const auto& items = as<Tuple>(document, id).items;
    if (items.size() > kMostExtents)
        refuse("It holds a tensor of more extents than any network's.");
    Shape shape;
    for (const ValueId item : items)
        shape.push_back(count(document, item));
    return shape;
}

/// (storage, offset, size, stride, requires_grad, backward_hooks)
StridedTensor strided(const Document& document, const Tuple& arguments)
{
    StridedTensor tensor;
    tensor.storage = as<Storage>(document, argument(arguments, 0));
    tensor.dtype = tensor.storage.dtype;
    tensor.offset = count(document, argument(arguments, 1));
    tensor.shape = counts(document, argument(arguments, 2));
    tensor.strides = counts(document, argument(arguments, 3));
    if (tensor.shape.size() != tensor.strides.size())
        refuse(kUnlikePyTorch);
    return tensor;
}

/// The same, then the dtype: the storage is one of bytes.
StridedTensor stridedOfDType(const Document& document, const Tuple& arguments)
{
    StridedTensor tensor = strided(document, arguments);
    const std::int64_t bytes = tensor.storage.elements * byteSize(tensor.storage.dtype);
    tensor.dtype = meant(document, argument(arguments, 6), Meaning::DType).dtype;
    tensor.storage.dtype = tensor.dtype;
    tensor.storage.elements = bytes / byteSize(tensor.dtype);
    return tensor;
}

StridedId stridedAt(const Document& document, const Tuple& tensors, std::size_t index)
{
    return as<StridedId>(document, argument(tensors, index));
}

/// (layout, (indices, values, size)) or (layout, (row pointers, columns, values, size))
SparseTensor sparse(const Document& document, const Tuple& arguments)
{
    const auto layout = as<std::string_view>(document, argument(arguments, 0));
    const auto& data = as<Tuple>(document, argument(arguments, 1));
    SparseTensor tensor;
    tensor.rows = stridedAt(document, data, 0);
    if (layout == "torch.sparse_coo") {
        tensor.values = stridedAt(document, data, 1);
        tensor.shape = counts(document, argument(data, 2));
    } else if (layout == "torch.sparse_csr" || layout == "torch.sparse_bsr") {
        tensor.layout = layout == "torch.sparse_csr" ? sparse::Layout::Csr : sparse::Layout::Bsr;
        tensor.columns = stridedAt(document, data, 1);
        tensor.values = stridedAt(document, data, 2);
        tensor.shape = counts(document, argument(data, 3));
    } else {
        throw Refused{{ErrorCode::Unsupported,
                       fmt::format("It holds a tensor of layout {}; save it as tensor.to_dense() instead.",
                                   shortened(layout, kLongestQuotedName))}};
    }
    return tensor;
}

template <class Id, class Tensor> ValueId keep(Document& document, std::deque<Tensor>& tensors, Tensor tensor)
{
    tensors.push_back(std::move(tensor));
    return add(document, Id{tensors.size() - 1});
}

/// An empty one, or the dictionary given: a copy of each would let a small file ask for much.
ValueId dictOf(Document& document, const Tuple& arguments)
{
    if (arguments.items.empty())
        return add(document, Dict{});
    as<Dict>(document, arguments.items.front());
    return arguments.items.front();
}

} // namespace

void refuse(std::string sentence)
{
    throw Refused{{ErrorCode::BadFile, std::move(sentence)}};
}

void refuseName(std::string_view name)
{
    throw Refused{{ErrorCode::Unsupported,
                   fmt::format("It holds a {}, which is neither a tensor nor a plain container and is not run here; "
                               "load the file in Python and save the network's state_dict() alone.",
                               shortened(name, kLongestQuotedName))}};
}

void refuseDType(std::string_view name)
{
    throw Refused{{ErrorCode::Unsupported,
                   fmt::format("It holds numbers of {}, a dtype that is not supported; convert the tensors to float32 "
                               "in Python and save them again.",
                               shortened(name, kLongestQuotedName))}};
}

void refuseWhole(std::string_view name)
{
    throw Refused{{ErrorCode::Unsupported,
                   fmt::format("It is a whole pickled {}, whose code is not run here; load it in Python and save its "
                               "weights alone: torch.save(model.state_dict(), \"weights.pth\").",
                               shortened(name, kLongestQuotedName))}};
}

std::optional<Global> findName(std::string_view name)
{
    const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return k.name == name; });
    if (found == kKnown.end())
        return std::nullopt;
    return Global{static_cast<std::size_t>(found - kKnown.begin())};
}

bool isOtherDType(std::string_view name)
{
    constexpr std::string_view kModule = "torch.";
    if (!name.starts_with(kModule))
        return false;
    name.remove_prefix(kModule.size());
    const bool isStorage = name.ends_with("Storage") && name.find('.') == std::string_view::npos;
    return isStorage || std::any_of(kOtherDTypes.begin(), kOtherDTypes.end(),
                                    [&](std::string_view beginning) { return name.starts_with(beginning); });
}

ValueId call(Document& document, Global function, ValueId argumentsId)
{
    const auto& arguments = as<Tuple>(document, argumentsId);
    switch (kKnown[function.known].meaning) {
    case Meaning::Dictionary:
        return dictOf(document, arguments);
    case Meaning::FirstArgument:
        return arguments.items.empty() ? add(document, List{}) : arguments.items.front();
    case Meaning::Nothing:
        return add(document, None{});
    case Meaning::Strided:
        return keep<StridedId>(document, document.strided, strided(document, arguments));
    case Meaning::StridedOfDType:
        return keep<StridedId>(document, document.strided, stridedOfDType(document, arguments));
    case Meaning::Sparse:
        return keep<SparseId>(document, document.sparse, sparse(document, arguments));
    case Meaning::Storage:
    case Meaning::DType:
        break;
    }
    refuse(kUnlikePyTorch);
}

Storage storageOf(const Document& document, ValueId persistentId)
{
    const auto& parts = as<Tuple>(document, persistentId);
    if (as<std::string_view>(document, argument(parts, 0)) != "storage")
        refuse(kUnlikePyTorch);
    const Known& type = meant(document, argument(parts, 1), Meaning::Storage);
    const std::int64_t elements = count(document, argument(parts, 4));
    if (elements > std::numeric_limits<std::int64_t>::max() / byteSize(type.dtype))
        refuse(kUnlikePyTorch);
    return {as<std::string_view>(document, argument(parts, 2)), type.dtype, elements};
}

} // namespace lathe::pickle
