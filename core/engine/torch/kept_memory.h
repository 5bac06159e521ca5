#pragma once

#include <memory>

namespace lathe::engine {

class BlockCache;

/// Keeps what tensors give back for the tensors to come, where glibc would return large blocks to the system and the
/// next tensor would fault their pages in again. In huge pages where the system allows.
class KeptMemory {
public:
    KeptMemory();

    /// While it lives, tensors made on this thread take their memory from there.
    class Use {
    public:
        explicit Use(const KeptMemory* memory); ///< null: memory stays LibTorch's affair
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        std::shared_ptr<BlockCache> m_before;
    };

private:
    std::shared_ptr<BlockCache> m_cache; ///< lives as long as its last block
};

/// Puts the allocator that `KeptMemory` needs before LibTorch's own, which goes on serving everyone else. Once.
void installKeptMemory();

} // namespace lathe::engine
