#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "core/base/tensor.h"

/// What the makers of masks share.
namespace lathe {

/// Ordered as the magnitudes are, and what is not a number behind all.
inline std::uint32_t magnitude(float value)
{
    return std::bit_cast<std::uint32_t>(value) & 0x7FFFFFFFU;
}

inline const std::uint8_t* maskBytes(const HostTensor& mask)
{
    return reinterpret_cast<const std::uint8_t*>(mask.data.get());
}

/// A mask that loses more entries.
class GrowingMask {
public:
    explicit GrowingMask(const HostTensor& keep) : m_mask(makeTensor(DType::UInt8, keep.shape))
    {
        std::memcpy(m_mask.bytes, keep.data.get(), static_cast<std::size_t>(keep.byteCount()));
    }
    void prune(std::int64_t entry) { m_mask.bytes[entry] = std::byte{0}; }
    const HostTensor& tensor() const { return m_mask.tensor; }

private:
    WritableTensor m_mask;
};

} // namespace lathe
