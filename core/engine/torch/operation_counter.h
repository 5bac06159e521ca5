#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <ATen/record_function.h>

#include "core/engine/backend.h"

namespace lathe::engine {

/// Counts the multiply-accumulates of the operations that LibTorch runs on this thread while it lives, from the shapes
/// of their tensors. One at a time on a thread.
///
/// An operation with a formula, or one known to have no products to count, is taken whole: what it calls to do its
/// work is passed over. One that LibTorch makes of others is counted through those, and so is an unknown one, which is
/// listed besides.
class OperationCounter {
public:
    OperationCounter();
    ~OperationCounter();
    OperationCounter(const OperationCounter&) = delete;
    OperationCounter& operator=(const OperationCounter&) = delete;

    /// Of the whole batch, so far.
    std::int64_t macs() const;

    /// Every operation by name, so far; MACs are those of the whole batch. `nodes` stays empty.
    OperationCount count() const;

private:
    struct Tally {
        std::int64_t calls = 0;
        std::int64_t macs = 0;
        bool known = true;
    };
    struct Event;

    static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function);
    static void end(const at::RecordFunction& function, at::ObserverContext* context);

    static thread_local OperationCounter* s_current;

    std::map<std::string, Tally> m_tallies;
    int m_inside = 0; ///< operations taken whole that are running
    at::CallbackHandle m_handle;
};

/// What a whole batch did, for one sample of it.
OperationCount perSample(OperationCount count, std::int64_t batch);

} // namespace lathe::engine
