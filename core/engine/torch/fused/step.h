#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/torch/kernels.h"
#include "core/graph/graph.h"

namespace lathe::engine {

/// A step made ready: nothing is looked up, checked or allocated when it runs.
struct Made {
    std::function<void()> run;
    std::string kernel;    ///< what computes it: "oneDNN brgconv:avx512_core", "aten::addmm"
    std::int64_t macs = 0; ///< that it computes for the whole batch, where no operator of LibTorch tells
};

/// What steps are made with.
class Workshop {
public:
    /// Scratch memory for the step that runs: steps run one after the other, so it is everyone's.
    std::byte* scratch(std::size_t bytes) { return m_scratch.get(bytes); }

    /// Likewise for float32 copies of what such a step reads and writes, beside its scratch memory.
    std::byte* floats(std::size_t bytes) { return m_floats.get(bytes); }

    /// The fastest of several ways to make one step, by trying each. `key` names the choice: where it was met before,
    /// the same way is taken.
    using Way = std::function<std::optional<Made>()>;
    /// Where none of them can be had, `fallback` is taken.
    Made fastest(const std::string& key, const std::vector<Way>& ways, const Way& fallback = {});

    std::size_t sharedBytes() const { return m_scratch.bytes + m_floats.bytes; }

    /// For another plan, whose steps are all made anew.
    void forgetShared();

private:
    struct Shared {
        std::byte* get(std::size_t wanted);

        std::size_t bytes = 0;
        std::vector<std::shared_ptr<std::byte>> blocks; ///< the last is given out; steps made earlier use the others
    };
    Shared m_scratch;
    Shared m_floats;
    std::map<std::string, std::size_t> m_choices;
};

/// A node's value is there once so many steps have run.
struct Finished {
    std::size_t steps = 0;
    NodeId node = 0;
    at::Tensor value;
};

/// One operation of a plan. Its tensors have no memory yet; `make` gets them with memory.
struct Step {
    NodeId node = 0; ///< of the graph: where its time is shown
    Tensors reads;
    Tensors writes;
    /// The first written tensor may lie over this read one, once nobody else reads that later.
    std::optional<std::size_t> overlay;
    std::function<Made(const Tensors& reads, const Tensors& writes, Workshop& workshop)> make;
};

} // namespace lathe::engine
