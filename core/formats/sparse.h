#pragma once

#include "core/base/result.h"
#include "core/base/tensor.h"

/// Sparse tensors, as PyTorch stores them.
namespace lathe::sparse {

enum class Layout {
    Coo, ///< coordinates of each entry
    Csr, ///< compressed rows
    Bsr  ///< compressed rows of blocks
};

struct Tensor {
    Layout layout = Layout::Coo;
    Shape shape;
    HostTensor rows;    ///< Coo: indices, int64, sparse extents x entries; others: where each row begins, rows + 1
    HostTensor columns; ///< Csr and Bsr: one an entry; as `rows` int32 or int64
    HostTensor values;  ///< Coo: entries x the extents left; Csr: one a column; Bsr: columns x block height x width
};

/// Of the tensor written out: float32 for float16 and bfloat16, in which sums would lose digits; else the same.
DType denseDType(DType values);

/// Writes it out, of `denseDType`. Entries of coordinates that are there more than once are summed. Everything is
/// checked against the shapes given: an error is a clause beginning with "it", and then the target's values mean
/// nothing.
Result<void> fill(const WritableTensor& dense, const Tensor& tensor);

/// What is not zero of a float32 tensor, as to_sparse() finds it; indices int64.
Tensor toCoo(const HostTensor& dense);

/// The same of a matrix, as to_sparse_csr(); PyTorch's own keeps the rows of the entries behind the columns, and
/// torch.save writes these 8 bytes an entry too.
Tensor toCsr(const HostTensor& dense);

/// Its blocks with an entry that is not zero, as to_sparse_bsr(); the block's extents divide the matrix's.
Tensor toBsr(const HostTensor& dense, std::int64_t height, std::int64_t width);

} // namespace lathe::sparse
