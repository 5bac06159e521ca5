#pragma once

#include "core/base/result.h"
#include "core/base/tensor.h"

/// Sparse tensors, as PyTorch stores them, written out. Everything is checked against the shapes given: an error is a
/// clause beginning with "it", and then the target's values mean nothing.
namespace lathe::sparse {

/// Of the tensor written out: float32 for float16 and bfloat16, in which sums would lose digits; else the same.
DType denseDType(DType values);

/// Coordinate format. `indices`: int64, sparse extents x entries; `values`: entries x the extents left. Entries that
/// are there more than once are summed.
Result<void> fillFromCoo(const WritableTensor& dense, const HostTensor& indices, const HostTensor& values);

/// Compressed rows. `rows`: row + 1 places in `columns`; both int32 or both int64; `values`: one a column.
Result<void> fillFromCsr(const WritableTensor& dense, const HostTensor& rows, const HostTensor& columns,
                         const HostTensor& values);

} // namespace lathe::sparse
