#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/formats/pickle.h"

namespace lathe {

/// A file that torch.save wrote: its records by their names below the archive's one folder ("data.pkl", "data/0"),
/// as they lie in the file.
struct TorchArchive {
    std::shared_ptr<const std::byte> owner; ///< of the bytes that the records look into
    std::uint64_t fileBytes = 0;
    std::map<std::string, std::string_view, std::less<>> records;
};

/// Makes row-major tensors of those in a pickle. What lies in the file that way is looked at there; what does not (a
/// transposed, expanded or sparse tensor) is written out, all of them together within 64 times the file's bytes and
/// 1 MiB: a layer pruned to half a percent still fits, and a forged size does not.
class TensorMaker {
public:
    TensorMaker(const pickle::Document& document, const TorchArchive& archive);

    /// A sentence beginning with "it": lies outside its storage, takes too much, or has indices outside its shape.
    /// Sparse float16 and bfloat16 tensors become float32; entries that are there more than once are summed.
    Result<HostTensor> make(pickle::StridedId id);
    Result<HostTensor> make(pickle::SparseId id);

private:
    Result<WritableTensor> allocate(DType dtype, const Shape& shape);

    const pickle::Document& m_document;
    const TorchArchive& m_archive;
    std::uint64_t m_bytesLeft;
};

} // namespace lathe
