#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

namespace lathe::engine {

/// Counts what tensors on this thread take and give back while it lives, through LibTorch's profiler hook.
class MemoryMeter {
public:
    MemoryMeter() : m_info(std::make_shared<Info>()), m_guard(c10::DebugInfoKind::PROFILER_STATE, m_info) {}

    /// The most bytes held at once since the meter was made.
    std::int64_t peakBytes() const { return m_info->peak; }

private:
    struct Info : c10::MemoryReportingInfoBase {
        void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override
        {
            held += size;
            peak = std::max(peak, held);
        }
        bool memoryProfilingEnabled() const override { return true; }
        std::int64_t held = 0;
        std::int64_t peak = 0;
    };
    std::shared_ptr<Info> m_info;
    c10::DebugInfoGuard m_guard;
};

} // namespace lathe::engine
