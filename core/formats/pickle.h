#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/formats/sparse.h"

/// Python's pickle format, as far as `torch.save` of tensors and plain containers uses it. Reading builds values and
/// nothing else: the names of the few functions that PyTorch writes are known and stand for what they make; any other
/// is refused by name, never looked up or called.
namespace lathe::pickle {

using ValueId = std::uint32_t; ///< place in a Document; containers refer to their elements by it

struct None {};

/// One of the known names, which has a meaning only to what reads.
struct Global {
    std::size_t known = 0;
};

struct List {
    std::vector<ValueId> items;
};
struct Tuple {
    std::vector<ValueId> items;
};
/// Also collections.OrderedDict; in the order written.
struct Dict {
    std::vector<std::pair<ValueId, ValueId>> items;
};

/// Numbers in a file of the archive, `data/<key>`.
struct Storage {
    std::string_view key;
    DType dtype = DType::Float32; ///< UInt8 for an untyped one
    std::int64_t elements = 0;
};

/// A view of a storage; strides in elements, as PyTorch has them (also 0 and overlapping).
struct StridedTensor {
    Storage storage;
    DType dtype = DType::Float32;
    std::int64_t offset = 0; ///< elements
    Shape shape;
    Shape strides; ///< as many as extents
};

/// Places in the document's lists.
struct StridedId {
    std::size_t index = 0;
};
struct SparseId {
    std::size_t index = 0;
};

struct SparseTensor {
    sparse::Layout layout = sparse::Layout::Coo;
    Shape shape;
    StridedId rows;    ///< as in sparse::Tensor
    StridedId columns; ///< not of coordinates
    StridedId values;
};

using Value = std::variant<None, bool, std::int64_t, double, std::string_view, Global, List, Tuple, Dict, Storage,
                           StridedId, SparseId>;

/// Values refer to each other by place, so that what refers to itself neither leaks nor recurses. Texts look into the
/// bytes that were read.
struct Document {
    std::deque<Value> values;
    std::deque<StridedTensor> strided;
    std::deque<SparseTensor> sparse;
    ValueId root = 0;

    const Value& at(ValueId id) const { return values[id]; }
};

/// The first object of a pickle stream of protocol 0 to 5. BadFile: truncated, or an operation out of place.
/// Unsupported, with the name: anything that is neither a tensor nor a plain container. Takes memory of at most some
/// 100 times the stream's bytes.
Result<Document> read(std::string_view bytes);

} // namespace lathe::pickle
