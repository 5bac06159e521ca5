#include "core/engine/torch/fused/virtual_memory.h"

#include <algorithm>
#include <numeric>

#include "core/engine/torch/fused/huge_memory.h"
#include "core/lowering/memory_plan.h"

namespace lathe::engine {

namespace {

constexpr std::int64_t kReach = std::int64_t{1} << 46; ///< bytes: more than any plan has
constexpr std::int64_t kSpacing = 64;

c10::Storage nowhere()
{
    return {c10::Storage::use_byte_size_t(), kReach, at::DataPtr(nullptr, at::kCPU), nullptr, false};
}

std::int64_t beginOf(const at::Tensor& tensor)
{
    return tensor.storage_offset() * static_cast<std::int64_t>(tensor.itemsize());
}

/// Buffers by which memory they share.
class Sharing {
public:
    explicit Sharing(std::size_t buffers) : m_owner(buffers) { std::iota(m_owner.begin(), m_owner.end(), 0U); }
    std::size_t owner(std::size_t buffer) const
    {
        while (m_owner[buffer] != buffer)
            buffer = m_owner[buffer];
        return buffer;
    }
    void join(std::size_t buffer, std::size_t owner) { m_owner[buffer] = owner; }

private:
    std::vector<std::size_t> m_owner;
};

class Lifetimes {
public:
    Lifetimes(const VirtualMemory& memory, const std::vector<Step>& steps, const at::Tensor& output)
        : m_memory(memory), m_sharing(memory.buffers()), m_lifetimes(memory.buffers(), {0, kNever, -1})
    {
        const int end = static_cast<int>(steps.size());
        for (int i = 0; i < end; ++i) {
            use(steps[static_cast<std::size_t>(i)].reads, i);
            use(steps[static_cast<std::size_t>(i)].writes, i);
        }
        use({output}, end);
        for (int i = 0; i < end; ++i)
            overlay(steps[static_cast<std::size_t>(i)], i);
    }

    std::size_t owner(std::size_t buffer) const { return m_sharing.owner(buffer); }

    /// Of owners; others take no memory.
    std::vector<Lifetime> ofOwners() const
    {
        std::vector<Lifetime> all = m_lifetimes;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (owner(i) == i && all[i].last >= 0)
                all[i].bytes = m_memory.bytes(i);
            else
                all[i] = {0, -1, -1};
        return all;
    }

private:
    static constexpr int kNever = std::numeric_limits<int>::max();

    void use(const Tensors& tensors, int step)
    {
        for (const at::Tensor& tensor : tensors)
            if (const auto buffer = m_memory.bufferOf(tensor)) {
                Lifetime& lifetime = m_lifetimes[*buffer];
                lifetime.first = std::min(lifetime.first, step);
                lifetime.last = std::max(lifetime.last, step);
            }
    }

    void overlay(const Step& step, int index)
    {
        if (!step.overlay)
            return;
        const at::Tensor& from = step.reads[*step.overlay];
        const at::Tensor& to = step.writes.front();
        const auto source = m_memory.bufferOf(from);
        const auto target = m_memory.bufferOf(to);
        if (!source || !target || !lieAlike(from, *source, to, *target) || isReadTwice(step, *source))
            return;
        const std::size_t kept = owner(*source);
        if (m_lifetimes[kept].last != index)
            return;
        m_sharing.join(*target, kept);
        m_lifetimes[kept].last = std::max(m_lifetimes[kept].last, m_lifetimes[*target].last);
    }

    bool lieAlike(const at::Tensor& a, std::size_t aBuffer, const at::Tensor& b, std::size_t bBuffer) const
    {
        return a.sizes() == b.sizes() && a.strides() == b.strides() && a.scalar_type() == b.scalar_type() &&
               m_memory.bytes(aBuffer) == m_memory.bytes(bBuffer) && beginOf(a) == m_memory.begin(aBuffer) &&
               beginOf(b) == m_memory.begin(bBuffer);
    }

    bool isReadTwice(const Step& step, std::size_t buffer) const
    {
        const std::size_t shared = owner(buffer);
        return std::count_if(step.reads.begin(), step.reads.end(), [&](const at::Tensor& read) {
                   const auto other = m_memory.bufferOf(read);
                   return other && owner(*other) == shared;
               }) > 1;
    }

    const VirtualMemory& m_memory;
    Sharing m_sharing;
    std::vector<Lifetime> m_lifetimes;
};

} // namespace

VirtualMemory::VirtualMemory() : m_storage(nowhere()) {}

at::Tensor VirtualMemory::allocate(at::IntArrayRef sizes, at::MemoryFormat format, at::ScalarType type)
{
    const at::Tensor shaped = at::empty(sizes, at::TensorOptions().dtype(type).device(at::kMeta), format);
    at::Tensor tensor = at::empty({0}, type);
    const auto element = static_cast<std::int64_t>(tensor.itemsize());
    tensor.set_(m_storage, m_end / element, sizes, shaped.strides());
    m_begins.push_back(m_end);
    m_bytes.push_back(shaped.numel() * element);
    m_end += (m_bytes.back() / kSpacing + 1) * kSpacing;
    return tensor;
}

std::optional<std::size_t> VirtualMemory::bufferOf(const at::Tensor& tensor) const
{
    if (!tensor.defined() || !tensor.storage().is_alias_of(m_storage))
        return std::nullopt;
    const auto behind = std::upper_bound(m_begins.begin(), m_begins.end(), beginOf(tensor));
    return static_cast<std::size_t>(behind - m_begins.begin() - 1);
}

Placement::Placement(const VirtualMemory& memory, const std::vector<Step>& steps, const at::Tensor& output)
    : m_memory(memory)
{
    const Lifetimes lifetimes(memory, steps, output);
    const MemoryPlan plan = planMemory(lifetimes.ofOwners());
    for (std::size_t buffer = 0; buffer < memory.buffers(); ++buffer)
        m_offsets.push_back(plan.offsets[lifetimes.owner(buffer)]);
    m_bytes = plan.bytes;
    m_arena = hugeMemory(static_cast<std::size_t>(std::max<std::int64_t>(plan.bytes, 1)));
}

at::Tensor Placement::operator()(const at::Tensor& tensor) const
{
    const auto buffer = m_memory.bufferOf(tensor);
    if (!buffer)
        return tensor;
    const std::int64_t within = beginOf(tensor) - m_memory.begin(*buffer);
    return at::from_blob(
        m_arena.get() + m_offsets[*buffer] + within, tensor.sizes(), tensor.strides(), [arena = m_arena](void*) {},
        tensor.scalar_type());
}

Tensors Placement::operator()(const Tensors& tensors) const
{
    Tensors placed;
    for (const at::Tensor& tensor : tensors)
        placed.push_back((*this)(tensor));
    return placed;
}

} // namespace lathe::engine
