#pragma once

#include <c10/util/Exception.h>

namespace lathe::engine {

/// Keeps LibTorch's warnings off standard error while it lives; what matters is said in the result.
class Quiet {
    struct Silence : c10::WarningHandler {
        void process(const c10::Warning&) override {}
    };
    Silence m_silence;
    c10::WarningUtils::WarningHandlerGuard m_guard{&m_silence};
};

} // namespace lathe::engine
