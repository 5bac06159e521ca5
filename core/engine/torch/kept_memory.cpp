#include "core/engine/torch/kept_memory.h"

#include <map>
#include <mutex>

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include "core/engine/torch/fused/huge_memory.h"

namespace lathe::engine {

namespace {

constexpr std::size_t kGranularity = 256;
constexpr std::size_t kHeader = 64; ///< before what a tensor gets: where its block is; keeps the alignment

std::size_t rounded(std::size_t bytes)
{
    return (bytes + kGranularity - 1) / kGranularity * kGranularity;
}

} // namespace

struct Block {
    std::shared_ptr<std::byte> memory;
    std::size_t size = 0;
    std::shared_ptr<BlockCache> home; ///< set while a tensor has it
};

class BlockCache : public std::enable_shared_from_this<BlockCache> {
public:
    /// The smallest free block that fits and is not much too large, or a new one.
    std::unique_ptr<Block> take(std::size_t bytes)
    {
        const std::size_t wanted = rounded(bytes);
        std::unique_ptr<Block> block = takeFree(wanted);
        if (!block)
            block = std::make_unique<Block>(Block{hugeMemory(wanted), wanted, {}});
        block->home = shared_from_this();
        return block;
    }

    void giveBack(std::unique_ptr<Block> block)
    {
        block->home.reset();
        const std::lock_guard lock(m_mutex);
        const std::size_t size = block->size;
        m_free.emplace(size, std::move(block));
    }

private:
    std::unique_ptr<Block> takeFree(std::size_t wanted)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_free.lower_bound(wanted);
        if (found == m_free.end() || found->first > 2 * wanted)
            return nullptr;
        std::unique_ptr<Block> block = std::move(found->second);
        m_free.erase(found);
        return block;
    }

    std::mutex m_mutex; ///< a tensor may die on another thread
    std::multimap<std::size_t, std::unique_ptr<Block>> m_free;
};

namespace {

thread_local std::shared_ptr<BlockCache> t_cache;

/// LibTorch's raw allocations come back as nothing but the address that was given out.
std::byte* dataOf(Block* block)
{
    std::byte* const start = block->memory.get();
    *reinterpret_cast<Block**>(start) = block;
    return start + kHeader;
}

Block* blockOf(void* data)
{
    return *reinterpret_cast<Block**>(static_cast<std::byte*>(data) - kHeader);
}

void report(const Block& block, std::int64_t sign)
{
    c10::reportMemoryUsageToProfiler(block.memory.get(), sign * static_cast<std::int64_t>(block.size), 0, 0,
                                     c10::Device(c10::DeviceType::CPU));
}

void release(void* data)
{
    if (data == nullptr) // of no bytes
        return;
    std::unique_ptr<Block> block(blockOf(data));
    report(*block, -1);
    const std::shared_ptr<BlockCache> home = block->home;
    home->giveBack(std::move(block));
}

class KeepingAllocator : public c10::Allocator {
public:
    explicit KeepingAllocator(c10::Allocator* usual) : m_usual(usual) {}

    c10::DataPtr allocate(std::size_t bytes) override
    {
        if (!t_cache || bytes == 0)
            return m_usual->allocate(bytes);
        Block* block = t_cache->take(bytes + kHeader).release();
        report(*block, 1);
        std::byte* const data = dataOf(block);
        return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
    }

    void copy_data(void* to, const void* from, std::size_t bytes) const override { default_copy_data(to, from, bytes); }

    // Operators give raw memory back before they return, so under the same use as they took it.
    c10::DeleterFnPtr raw_deleter() const override { return t_cache ? &release : m_usual->raw_deleter(); }

private:
    c10::Allocator* m_usual;
};

} // namespace

KeptMemory::KeptMemory() : m_cache(std::make_shared<BlockCache>()) {}

KeptMemory::Use::Use(const KeptMemory* memory) : m_before(t_cache)
{
    t_cache = memory != nullptr ? memory->m_cache : nullptr;
}

KeptMemory::Use::~Use()
{
    t_cache = m_before;
}

void installKeptMemory()
{
    static KeepingAllocator allocator(c10::GetCPUAllocator());
    constexpr std::uint8_t kBeforeTheUsual = 100;
    c10::SetCPUAllocator(&allocator, kBeforeTheUsual);
}

} // namespace lathe::engine
